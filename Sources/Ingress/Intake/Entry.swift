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
    let event: EventId
    /// As it is published: it may have to be, again.
    let line: [UInt8]
    var phase = Phase.unconfirmed
    var waiters: [Waiting<Waiter>] = []
    /// What a request with the same id is compared with; nil where the id is random and nobody can know it.
    let keyed: Keyed?
    /// How often the journal was asked in vain at the longest interval.
    var questions = 0
    /// How often the map was looked at since its event had moved.
    var turns = 0
    /// Its number among those that this ingress took for its partition.
    var ordinal: UInt64 = 0
    /// The sequence number that it is expected to get; 0 while that is not known.
    var expected: UInt64 = 0
    var acceptedAt: Timestamp?

    struct Keyed {
        let command: WireCommand
        let body: [UInt8]
    }

    init(id: CommandId, partition: Int, event: EventId, line: [UInt8], keyed: Keyed?) {
        self.id = id
        self.partition = partition
        self.event = event
        self.line = line
        self.keyed = keyed
    }
}

/// Somebody who waits for a decision.
struct Waiting<Waiter: Sendable>: Sendable {
    let waiter: Waiter
    /// When he is told that it is pending.
    let deadline: MonotonicTime
    /// Somebody with the same key was here before him.
    let isRepeat: Bool
}

extension Entry.Keyed {
    /// Whether a request with the same id asks for the same: the bodies are, less the space between their parts.
    func isSame(as other: [UInt8]) -> Bool {
        if body == other { return true }
        return payload(body) == payload(other)
    }

    /// Whether the journal has this command under its id.
    func isJournaled(as payload: [UInt8]) -> Bool { self.payload(body) == payload }

    private func payload(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        // An e-mail is no part of what is journaled: such a body is written anew.
        command.appendPayload(body: command.content.email == nil ? body : command.publicBody, to: &bytes)
        return bytes
    }
}
