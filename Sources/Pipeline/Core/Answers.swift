internal import Ticketing
internal import Wire

/// Answers that no decision gives.
enum Answers {
    static func problem(of reason: ParkReason) -> (status: Int, body: [UInt8]) {
        let problem: WorkerProblem
        switch reason.code {
        case .malformed: return plain(400, "invalid-request", "The command cannot be read", reason.detail)
        case .wrongTenant: return plain(404, "no-such-event", "No such event", reason.detail)
        case .wrongUser: return plain(403, "forbidden", "The sender may not act for this tenant", reason.detail)
        case .wrongPartition: problem = .wrongPartition
        case .poison: problem = .parked
        case .brokenEvent: problem = .eventUnavailable
        }
        return (problem.status, ProblemBody.bytes(problem, detail: reason.detail))
    }

    private static func plain(_ status: Int, _ code: String, _ title: String, _ detail: String) -> (Int, [UInt8]) {
        (status, ProblemBody.bytes(status: status, code: code, title: title, detail: detail))
    }

    /// The same id with another command: the id's answer is not this sender's.
    static let reused = (
        status: 422,
        body: ProblemBody.bytes(
            status: 422, code: "idempotency-key-reused", title: "The key was used for another request",
            detail: "This Idempotency-Key was used for a request with another body: take a new one.")
    )

    static let nothingToMove = (
        status: 404,
        body: ProblemBody.bytes(
            status: 404, code: "no-such-event", title: "No such event", detail: "There is no event to move.")
    )

    /// Sent by a map that is out of date: nothing was decided, and the id is not used up.
    static let moved = (
        status: WorkerProblem.eventMoved.status,
        body: ProblemBody.bytes(
            .eventMoved, detail: "The event is decided in another partition now: send the command again.")
    )
}
