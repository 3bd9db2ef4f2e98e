internal import Pipeline
internal import Ticketing

/// One line that a producer sends, as often as it takes, and what becomes of it.
final class SentCommand {
    enum Expectation: Hashable {
        /// Decided once, and answered.
        case decided
        /// Decided as if there were no such event, or kept as another tenant's.
        case foreign
        /// Kept with this reason, and decided by nobody.
        case parked(ParkReason.Code)
        /// Its id was used for something else.
        case reused
        /// The queue's last word about an event.
        case moveOut
    }

    let id: CommandId
    let event: EventId
    let expectation: Expectation
    let user: String
    /// Without its newline.
    let line: [UInt8]
    /// Nobody is told what became of it: the line names nobody.
    let isUnanswered: Bool
    /// Where it goes, if not where its event is.
    var misdirected: Int?
    /// Sent in its stead where it is taken for poison.
    var replacement: (() -> Void)?

    /// By partition, when copies of it came into the queue.
    private(set) var places: [(partition: Int, order: UInt64)] = []
    var isConfirmed = false
    var answer: (status: Int, body: [UInt8])?
    var publishedAt: Int64 = 0
    /// Its id was sent again with something else.
    var hasConflict = false

    init(
        _ id: CommandId, _ event: EventId, _ expectation: Expectation, user: String, line: [UInt8],
        isUnanswered: Bool = false
    ) {
        self.id = id
        self.event = event
        self.expectation = expectation
        self.user = user
        self.line = line
        self.isUnanswered = isUnanswered
    }

    func queued(in partition: Int, order: UInt64) { places.append((partition, order)) }

    /// When the first copy came into the queue after that.
    func firstPlace(in partition: Int, after order: UInt64 = 0) -> UInt64? {
        places.first { $0.partition == partition && $0.order > order }?.order
    }
}

/// Everything that was ever sent.
final class CommandBook {
    private(set) var sent: [SentCommand] = []
    private(set) var originals: [CommandId: SentCommand] = [:]

    func add(_ command: SentCommand) {
        sent.append(command)
        if command.expectation != .reused { originals[command.id] = command }
    }
}
