internal import Desk
internal import Pipeline
internal import Ticketing
internal import Wire

/// Answers that no journal has.
enum DeskAnswers {
    /// Of a refusal for which there is no journal, or which must not use the id up.
    static func refused(_ refusal: DeskRefusal, of command: DeskWireCommand) -> DeskAnswer {
        DeskAnswer(status: refusal.status, body: refusal.problemBody)
    }

    static func problem(of reason: ParkReason) -> DeskAnswer {
        switch reason.code {
        case .malformed: plain(400, "invalid-request", "The command cannot be read", reason.detail)
        case .wrongTenant: plain(404, "no-such-account", "No such account", reason.detail)
        case .wrongUser: plain(403, "forbidden", "The sender may not act for this tenant", reason.detail)
        case .wrongPartition: worker(.wrongPartition, reason.detail)
        case .poison: worker(.parked, reason.detail)
        case .brokenEvent: worker(.tenantUnavailable, reason.detail)
        }
    }

    /// The same id with another command: the id's answer is not this sender's.
    static let reused = plain(
        422, "idempotency-key-reused", "The key was used for another request",
        "This Idempotency-Key was used for a request with another body: take a new one.")

    /// What it came to is not in the weeks of the journal that are looked at.
    static let decidedLongAgo = plain(
        422, "idempotency-key-reused", "The key was used for another request",
        "This Idempotency-Key was used long ago: ask for the ticket, or take a new one.")

    static let spillFull = worker(
        .tenantUnavailable, "The tenant's database cannot be used, and as many commands wait for it as may.")

    private static func worker(_ problem: WorkerProblem, _ detail: String) -> DeskAnswer {
        DeskAnswer(status: problem.status, body: ProblemBody.bytes(problem, detail: detail))
    }

    private static func plain(_ status: Int, _ code: String, _ title: String, _ detail: String) -> DeskAnswer {
        DeskAnswer(
            status: status, body: ProblemBody.bytes(status: status, code: code, title: title, detail: detail))
    }
}
