internal import Runtime
internal import Ticketing

/// What an ingress is to tell somebody who waits.
struct IntakeAnswer<Waiter: Sendable>: Sendable {
    let waiter: Waiter
    let command: CommandId
    let partition: Int
    let result: Result

    enum Result: Sendable {
        case decided(Decided, isReplayed: Bool)
        case pending(Pending)
        case failed(IntakeFailure)
    }

    /// What the command came to, as the worker or the journal tells it.
    struct Decided: Sendable {
        var status: Int
        var body: [UInt8]

        /// Whether nothing was decided, since the event is decided in another partition by now.
        var hasMoved: Bool { status == 503 && body.contains(Array(#""code":"event-moved""#.utf8)) }
    }

    struct Pending: Sendable {
        var expected: UInt64
        var acceptedAt: Timestamp
        var position: Int?
        var etaSeconds: Int?
    }
}

/// Why a command was not taken, or may not have been.
enum IntakeFailure: Error, Hashable, Sendable {
    /// More waits than is useful: come again after so many seconds.
    case overloaded(retryAfter: Int)
    /// The broker, the database or the partition's queue is away.
    case unavailable(String)
    /// The broker did not say whether it has it.
    case outcomeUnknown
    /// Another request has the same key.
    case keyReused

    static let databaseAway = IntakeFailure.unavailable(
        "The database is away: nothing can be decided at the moment.")
    static let brokerAway = IntakeFailure.unavailable(
        "The broker is away: nothing can be accepted at the moment.")
}
