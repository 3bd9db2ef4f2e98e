internal import Runtime

/// What a channel is used for. All of it runs on the connection's thread.
protocol ChannelRole: AnyObject, Sendable {
    /// Before anything can arrive.
    func opened(on loop: ConnectionLoop)
    func delivered(_ message: ReceivedMessage)
    func returned(_ message: ReturnedMessage, content: Fingerprint) throws(ProtocolViolation)
    func confirmed(_ tag: UInt64, isMultiple: Bool, isPositive: Bool) throws(ProtocolViolation)
    func blocked(_ reason: String)
    func unblocked()
    /// Everything that was there has been handled: hand the batch on.
    func flush()
    /// Whether it ever has a `deadline`.
    var isTimed: Bool { get }
    /// When `expire` wants to be called.
    var deadline: MonotonicTime? { get }
    func expire(at now: MonotonicTime)
    /// The last call, made exactly once. A channel that was never open has no holder to be told: whoever wanted it gets
    /// the error.
    func ended(_ error: RabbitMQError, wasOpen: Bool)
}

extension ChannelRole {
    func opened(on loop: ConnectionLoop) {}
    func delivered(_ message: ReceivedMessage) {}
    func returned(_ message: ReturnedMessage, content: Fingerprint) throws(ProtocolViolation) {
        throw ProtocolViolation(reason: "a return on a channel that publishes nothing")
    }
    func confirmed(_ tag: UInt64, isMultiple: Bool, isPositive: Bool) throws(ProtocolViolation) {
        throw ProtocolViolation(reason: "a confirm on a channel that publishes nothing")
    }
    func blocked(_ reason: String) {}
    func unblocked() {}
    func flush() {}
    var isTimed: Bool { false }
    var deadline: MonotonicTime? { nil }
    func expire(at now: MonotonicTime) {}
}
