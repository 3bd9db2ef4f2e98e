internal import Ticketing
internal import Wire

/// Answers that no decision gives.
enum Answers {
    static func problem(of reason: ParkReason) -> (status: Int, body: [UInt8]) {
        let (status, code, title): (Int, String, String) =
            switch reason.code {
            case .malformed: (400, "invalid-request", "The command cannot be read")
            case .wrongPartition: (400, "wrong-partition", "The key belongs to another partition")
            case .wrongTenant: (404, "no-such-event", "No such event")
            case .wrongUser: (403, "forbidden", "The sender may not act for this tenant")
            case .poison: (500, "parked", "The command could not be decided")
            case .brokenEvent: (503, "event-unavailable", "The event cannot be served")
            }
        return (status, ProblemBody.bytes(status: status, code: code, title: title, detail: reason.detail))
    }

    /// The same id with another command: the id's answer is not this sender's.
    static let reused = (
        status: 422,
        body: ProblemBody.bytes(
            status: 422, code: "idempotency-key-reused", title: "The key was used for another request",
            detail: "The same id came with another command before: use a new one.")
    )

    static let nothingToMove = (
        status: 404,
        body: ProblemBody.bytes(
            status: 404, code: "no-such-event", title: "No such event", detail: "There is no event to move.")
    )

    /// Sent by a map that is out of date: nothing was decided, and the id is not used up.
    static let moved = (
        status: 503,
        body: ProblemBody.bytes(
            status: 503, code: "event-moved", title: "The event has moved",
            detail: "The event is decided in another partition now: send the command again.")
    )
}
