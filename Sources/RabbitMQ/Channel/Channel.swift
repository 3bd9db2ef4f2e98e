internal import CRabbitMQ

/// A channel for declaring and looking into things. Publishers and consumers have channels of their own.
///
/// The broker answers a request that it refuses by closing the channel: the error has its reply code and text, and
/// every
/// later call on the channel throws it again. The connection and its other channels go on.
/// All calls block until the broker has answered, at most for the reply timeout; none may be made on the connection's
/// own thread.
public final class Channel: Sendable {
    let core: ChannelCore

    init(core: ChannelCore) {
        self.core = core
    }

    deinit {
        core.closeWithoutWaiting()
    }

    /// Why the channel has ended, or nil while it is open.
    public var ending: RabbitMQError? { core.ending }

    public func close() throws(RabbitMQError) {
        try core.close()
    }
}

extension Connection {
    /// - Parameter onEnd: called once on the connection's thread when the channel is gone, for whatever reason.
    public func openChannel(
        onEnd: @escaping @Sendable (RabbitMQError) -> Void = { _ in }
    ) throws(RabbitMQError) -> Channel {
        let core = try openChannel(.plain) { _ in EndReporter(onEnd: onEnd) }
        return Channel(core: core)
    }

    /// Runs `body` with a channel that is closed afterwards.
    public func withChannel<Value>(
        _ body: (Channel) throws(RabbitMQError) -> Value
    ) throws(RabbitMQError) -> Value {
        let channel = try openChannel()
        let value = try body(channel)
        try channel.close()
        return value
    }

    /// Opens a channel and waits until the broker has answered everything that belongs to its beginning.
    func openChannel(
        _ opening: ChannelOpening, role: (ChannelCore) -> any ChannelRole
    ) throws(RabbitMQError) -> ChannelCore {
        loop.preconditionNotCurrent()
        let action = "opening \(opening.purpose)"
        let frameMax = loop.frameMax
        let answers = (0..<opening.answers).map { _ in ReplyBox() }
        let core = try loop.outbox.openChannel(action: action) { id, bytes throws(RabbitMQError) in
            try opening.encode(channel: id.number, frameMax: frameMax, into: &bytes)
            let core = ChannelCore(id: id, loop: loop, purpose: opening.purpose)
            core.role = role(core)
            return (core, .open(core, answers: answers))
        }
        for answer in answers { _ = try core.wait(for: answer, action) }
        return core
    }
}

/// The role of a channel that only asks: its holder wants to hear of its end.
private final class EndReporter: ChannelRole {
    private let onEnd: @Sendable (RabbitMQError) -> Void

    init(onEnd: @escaping @Sendable (RabbitMQError) -> Void) {
        self.onEnd = onEnd
    }

    func ended(_ error: RabbitMQError, wasOpen: Bool) {
        if wasOpen { onEnd(error) }
    }
}
