internal import Runtime
internal import Ticketing
internal import Wire

/// One command that this ingress has taken in and that is not known to be decided.
final class Entry<Waiter: Sendable> {
    enum Phase {
        /// Gathered, or on its way to the broker.
        case unconfirmed
        /// The broker has it.
        case accepted
    }

    let id: CommandId
    var partition: Int
    /// The event that it is about, or the tenant, as a key: see `TenantId.key`.
    let key: EventId
    /// As it is published: it may have to be, again.
    let line: [UInt8]
    var phase = Phase.unconfirmed
    var waiters: [Waiting<Waiter>] = []
    /// What a request with the same id is compared with; nil where the id is random and nobody can know it.
    let keyed: Keyed?
    /// How often the journal was asked in vain at the longest interval.
    var questions = 0
    /// The journal was asked for it in vain since it was sent.
    var wasAsked = false
    /// How often the map was looked at since its event had moved.
    var turns = 0
    /// It was sent on to where its event has moved.
    var isSentOn = false
    /// Its number among those that this ingress took for its partition.
    var ordinal: UInt64 = 0
    /// It is decided, or was not taken after all: whoever still has it is done with it.
    var isForgotten = false
    /// The sequence number that it is expected to get; 0 while that is not known.
    var expected: UInt64 = 0
    var acceptedAt: Timestamp?
    /// When it was taken in, for which partition, and up to which number decisions were known to be made by then; of
    /// the partition, or of the tenant where each has numbers of its own.
    private let takenAt: Timestamp
    private let takenFor: Int
    private let decidedBefore: UInt64
    /// Whether batches take their time before what they decide has come.
    private let hasEarlyTimes: Bool

    /// An object of its own, since few commands have it.
    final class Keyed: Sendable {
        let command: KeyedCommand
        let body: [UInt8]

        init(command: KeyedCommand, body: [UInt8]) {
            self.command = command
            self.body = body
        }
    }

    init(
        id: CommandId, partition: Int, key: EventId, line: [UInt8], keyed: Keyed?, takenAt: Timestamp,
        decidedBefore: UInt64, hasEarlyTimes: Bool
    ) {
        self.id = id
        self.partition = partition
        self.key = key
        self.line = line
        self.keyed = keyed
        self.takenAt = takenAt
        takenFor = partition
        self.decidedBefore = decidedBefore
        self.hasEarlyTimes = hasEarlyTimes
    }

    /// Whether a decision that the journal has was made for somebody who came before: its number was known already, or
    /// it is older than can be of a command that came later.
    ///
    /// A batch's time may be some seconds before its commands came, while the database is slow. So one who comes that
    /// soon behind a decision of which its owner could not tell any more is taken to be the first. A desk's batch takes
    /// its time when what it decides has come: there, only the clocks may differ.
    func isReplayed(_ decision: DecisionTail?) -> Bool {
        guard keyed != nil, let decision else { return false }
        if decision.partition == takenFor, decision.sequence <= decidedBefore { return true }
        let patience = hasEarlyTimes && decidedBefore > 0 ? Self.longestBatch : Self.clocksApart
        return decision.decidedAt + patience < takenAt
    }

    private static var longestBatch: Duration { .seconds(15) }
    /// Of two processes. Where nothing was heard of a partition, nobody had a batch open.
    private static var clocksApart: Duration { .seconds(1) }
}

/// Somebody who waits for a decision.
struct Waiting<Waiter: Sendable>: Sendable {
    let waiter: Waiter
    /// When he is told that it is pending.
    let deadline: MonotonicTime
    /// Somebody with the same key was here before him.
    let isRepeat: Bool
}

/// A command whose id was made from a key, for comparing what others send under it.
enum KeyedCommand {
    case seats(WireCommand)
    case desk(DeskWireCommand)

    func appendPayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        switch self {
        case .seats(let command): command.appendPayload(body: body, to: &bytes)
        case .desk(let command): command.appendPayload(body: body, to: &bytes)
        }
    }
}

extension Entry.Keyed {
    /// Whether a request with the same id asks for the same: the bodies are, less the space between their parts.
    func isSame(as other: [UInt8]) -> Bool {
        if body == other { return true }
        return payload == payload(other)
    }

    /// Whether the journal has this command under its id.
    func isJournaled(as payload: [UInt8]) -> Bool { self.payload == payload }

    /// As the journal keeps it.
    var payload: [UInt8] { payload(body) }

    private func payload(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        body.withUnsafeBytes { command.appendPayload(body: $0, to: &bytes) }
        return bytes
    }
}
