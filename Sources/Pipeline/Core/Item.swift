internal import Runtime
internal import Ticketing
internal import Wire

/// One command of a message on its way through a lane: waits, is decided, is answered.
final class Item {
    /// nil for what is refused. What else is asked of it often stands beside it: a copy of a command counts references
    /// to all that it has.
    let command: WireCommand?
    /// Why it cannot be decided.
    let refusal: ParkReason?
    let id: CommandId?
    let replyTo: String?
    /// As the journal keeps it. Empty for what cannot be decided.
    let payload: [UInt8]
    let source: Source
    /// Where in the message the line stands.
    let line: Range<Int>
    /// Whether the message has nothing behind it.
    let isLast: Bool

    var progress = Progress.waiting
    /// Its channel has ended: it cannot be acknowledged, and comes again.
    var isOrphan = false
    /// It may be decided alone, for the time that this says.
    var attempts: Int?
    /// Later ones with the same id, which get the same answer.
    var echoes: [Item] = []

    enum Progress {
        case waiting
        /// It may have been decided already: the journal is being asked.
        case lookedUp
        case known(KnownDecision)
        /// In a batch that is not committed yet.
        case decided
        /// Answered, or never to be: only the acknowledgement is left.
        case settled
    }

    /// The message that it came in.
    final class Source {
        let tag: UInt64
        let isRedelivered: Bool
        let user: String?
        let body: [UInt8]
        /// When it came.
        let since: MonotonicTime

        init(_ arrival: Arrival, since: MonotonicTime) {
            self.since = since
            tag = arrival.tag
            isRedelivered = arrival.isRedelivered
            user = arrival.user
            body = arrival.body
        }
    }

    init(_ command: consuming WireCommand, payload: [UInt8], source: Source, line: Range<Int>, isLast: Bool) {
        id = command.id
        replyTo = command.replyTo
        refusal = nil
        self.command = command
        self.payload = payload
        self.source = source
        self.line = line
        self.isLast = isLast
    }

    init(
        refused reason: ParkReason, id: CommandId?, replyTo: String?, source: Source, line: Range<Int>, isLast: Bool
    ) {
        self.id = id
        self.replyTo = replyTo
        refusal = reason
        command = nil
        payload = []
        self.source = source
        self.line = line
        self.isLast = isLast
    }

    /// The id of what is to be decided.
    var commandId: CommandId? { refusal == nil ? id : nil }

    var isSettled: Bool {
        if case .settled = progress { true } else { false }
    }

    var isDecided: Bool {
        if case .decided = progress { true } else { false }
    }

    func parked(_ reason: ParkReason) -> ParkedRecord {
        ParkedRecord(id: id, reason: reason, replyTo: replyTo, user: source.user, line: Array(source.body[line]))
    }
}

/// Items to be decided, in order; what had to wait comes back to the front.
struct Backlog {
    /// The first one last.
    private var front: [Item] = []
    private var back = Fifo<Item>()

    var first: Item? { front.last ?? back.first }
    var count: Int { front.count + back.count }

    mutating func append(_ item: Item) { back.append(item) }

    mutating func removeFirst() {
        if front.popLast() == nil { back.removeFirst() }
    }

    mutating func putBack(_ items: [Item]) { front.append(contentsOf: items.reversed()) }

    mutating func removeAll() { self = Backlog() }
}
