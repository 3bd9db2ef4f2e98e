internal import Desk
internal import Pipeline
internal import Ticketing
internal import Wire

/// One command on its way through a tenant's lane: waits, is decided, is answered.
final class DeskItem {
    let content: Content
    /// As the journal keeps it. Empty for what cannot be decided.
    let payload: [UInt8]
    let origin: Origin

    var progress = Progress.waiting
    /// Its channel has ended: it cannot be acknowledged, and comes again.
    var isOrphan = false
    /// Why it is decided no more, but kept for a person.
    var poison: ParkReason?
    /// Later ones with the same id, which get the same answer.
    var echoes: [DeskItem] = []

    enum Content {
        case command(DeskWireCommand)
        case refused(ParkReason, id: CommandId?, replyTo: String?)
    }

    enum Progress {
        case waiting
        /// It may have been decided already: the journal has to be asked.
        case unsure
        case known(KnownDecision)
        /// In a batch that is not committed yet.
        case decided
        /// Answered, or never to be: only the acknowledgement is left.
        case settled
    }

    enum Origin {
        case queue(Message, line: Range<Int>, isLast: Bool)
        /// It was kept in the control database under this number.
        case spill(Int64, sender: String?, line: [UInt8])
    }

    /// The message that it came in.
    final class Message {
        let tag: UInt64
        let isRedelivered: Bool
        let user: String?
        let body: [UInt8]

        init(_ arrival: Arrival) {
            tag = arrival.tag
            isRedelivered = arrival.isRedelivered
            user = arrival.user
            body = arrival.body
        }
    }

    init(_ content: Content, payload: [UInt8], origin: Origin) {
        self.content = content
        self.payload = payload
        self.origin = origin
    }

    var command: DeskWireCommand? {
        if case .command(let command) = content { command } else { nil }
    }

    var id: CommandId? {
        switch content {
        case .command(let command): command.id
        case .refused(_, let id, _): id
        }
    }

    var replyTo: String? {
        switch content {
        case .command(let command): command.replyTo
        case .refused(_, _, let replyTo): replyTo
        }
    }

    var isSettled: Bool {
        if case .settled = progress { true } else { false }
    }

    var isDecided: Bool {
        if case .decided = progress { true } else { false }
    }

    var isRedelivered: Bool {
        if case .queue(let message, _, _) = origin { message.isRedelivered } else { false }
    }

    /// An owner before may have had it in hand.
    var isOld: Bool { isRedelivered || !isFromQueue }

    var isFromQueue: Bool {
        if case .queue = origin { true } else { false }
    }

    var isAccountReady: Bool {
        guard let command, case .existing(.accountReady) = command.order else { return false }
        return true
    }

    /// As it came, for whoever keeps it.
    var spilled: SpilledLine {
        switch origin {
        case .queue(let message, let line, _): SpilledLine(sender: message.user, line: Array(message.body[line]))
        case .spill(let number, let sender, let line): SpilledLine(number: number, sender: sender, line: line)
        }
    }

    func parked(_ reason: ParkReason) -> ParkedRecord {
        let line = spilled
        return ParkedRecord(id: id, reason: reason, replyTo: replyTo, user: line.sender, line: line.line)
    }
}
