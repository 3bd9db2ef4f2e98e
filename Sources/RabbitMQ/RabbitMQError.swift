/// Why something about RabbitMQ failed: what was tried, what the broker or the system said, and a code to act on.
///
/// Never holds a password; a URL is never quoted.
public struct RabbitMQError: Error, Sendable, Hashable {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        private init(_ name: String) { self.name = name }
        public var description: String { name }

        // What the caller gave is wrong; nothing was sent.
        public static let invalidSettings = Code("invalid-settings")
        public static let invalidArgument = Code("invalid-argument")
        /// A method or a message's properties do not fit into one frame.
        public static let frameTooLarge = Code("frame-too-large")

        // There is no connection, or no longer.
        public static let unreachable = Code("unreachable")
        public static let connectionLost = Code("connection-lost")
        /// The broker was silent for two heartbeats.
        public static let heartbeatLost = Code("heartbeat-lost")
        /// The broker closed the connection: shutdown, an operator, or an error that it blames on the whole connection.
        public static let connectionClosed = Code("connection-closed")
        public static let protocolViolation = Code("protocol-violation")

        // The broker refused.
        public static let accessRefused = Code("access-refused")
        public static let notFound = Code("not-found")
        public static let resourceLocked = Code("resource-locked")
        public static let preconditionFailed = Code("precondition-failed")
        public static let notAllowed = Code("not-allowed")
        /// Another refusal; `replyCode` says which.
        public static let refused = Code("refused")

        /// No answer within the configured time.
        public static let timeout = Code("timeout")
        /// The broker takes no messages for now: it is short of memory or disk.
        public static let blocked = Code("blocked")
        /// The connection has as many channels as were agreed on.
        public static let outOfChannels = Code("out-of-channels")
        /// The system has no thread, descriptor or memory to give.
        public static let outOfResources = Code("out-of-resources")
        /// The broker took the consumer off its queue, as it does when the queue is deleted.
        public static let consumerCancelled = Code("consumer-cancelled")
        /// Closed by its owner.
        public static let closed = Code("closed")
    }

    public let code: Code
    /// What was being done, such as `declaring the queue “seats.7”`.
    public let action: String
    /// The broker's or the system's words.
    public let reason: String
    /// The AMQP reply code, where the broker gave one.
    public let replyCode: UInt16?

    init(_ code: Code, _ action: String, _ reason: String, replyCode: UInt16? = nil) {
        self.code = code
        self.action = action
        self.reason = reason
        self.replyCode = replyCode
    }

    /// The same failure, as it shows in another action that it ended.
    func during(_ action: String) -> RabbitMQError {
        RabbitMQError(code, action, reason, replyCode: replyCode)
    }
}

extension RabbitMQError: CustomStringConvertible {
    public var description: String {
        let reply = replyCode.map { ", AMQP \($0)" } ?? ""
        return "\(action): \(reason) (\(code)\(reply))"
    }
}
