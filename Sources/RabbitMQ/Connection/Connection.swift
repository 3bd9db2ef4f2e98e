internal import Runtime

/// A connection to RabbitMQ with a thread of its own, which serves heartbeats and calls the sinks of its channels.
///
/// Publish and consume on different connections: a broker that is short of memory stops reading from those that
/// publish, acknowledgements included. It never reconnects by itself: see `Reconnector`.
/// When the last reference to it goes, it closes.
public final class Connection: Sendable {
    let loop: ConnectionLoop
    public let settings: ConnectionSettings

    private init(loop: ConnectionLoop) {
        self.loop = loop
        settings = loop.settings
    }

    deinit {
        loop.outbox.leave(.closeConnection)
    }

    /// Connects and logs in, within the connect timeout. Blocks the calling thread.
    ///
    /// - Parameter onEvent: called on the connection's thread: be quick and never block in it.
    public static func open(
        _ settings: ConnectionSettings, onEvent: @escaping @Sendable (ConnectionEvent) -> Void = { _ in }
    ) throws(RabbitMQError) -> Connection {
        let loop = try ConnectionLoop(settings: settings, onEvent: onEvent)
        try loop.start()
        return Connection(loop: loop)
    }

    /// Why the connection has ended, or nil while it lives.
    public var ending: RabbitMQError? { loop.outbox.ended }

    /// The broker's reason while it takes no messages, or nil.
    public var blockedReason: String? { loop.outbox.blockedReason }

    /// The largest frame that both sides agreed on.
    public var frameMax: Int { loop.frameMax }

    /// Ends all channels, says goodbye to the broker and waits for its answer at most for the reply timeout. What is
    /// published but unconfirmed fails: wait with `Publisher.waitUntilReported` first. Blocks the calling thread.
    public func close() {
        loop.preconditionNotCurrent()
        loop.outbox.leave(.closeConnection)
        loop.join()
    }

    /// Ends all channels and the TCP connection at once. Blocks until the thread has gone.
    public func abort() {
        loop.preconditionNotCurrent()
        loop.outbox.leave(.abort)
        loop.join()
    }
}
