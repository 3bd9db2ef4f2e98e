/// What became of messages since the last report. Every message accepted by a publisher appears in exactly one report.
public struct PublishResults: Sendable {
    /// The tags of messages that are safely in every queue they were routed to.
    public var confirmed: [UInt64] = []
    public var failed: [PublishFailure] = []

    public init() {}

    public var isEmpty: Bool { confirmed.isEmpty && failed.isEmpty }
}

/// A message that was not confirmed, and why.
public struct PublishFailure: Sendable, Hashable {
    public enum Reason: Sendable, Hashable {
        /// No queue took it: the broker returned it, with its reply code and text.
        case returned(replyCode: UInt16, text: String)
        /// The broker refused it (a nack), as a full queue with `reject-publish` does.
        case rejected
        /// No confirm within the configured time. It may be in the queue, or get there later.
        case unconfirmed
        /// The channel or the connection ended first. It may be in the queue.
        case lost(RabbitMQError)
    }

    /// The message's own tag.
    public let tag: UInt64
    public let reason: Reason

    public init(tag: UInt64, reason: Reason) {
        self.tag = tag
        self.reason = reason
    }

    /// Whether the message may nevertheless be in the queue.
    public var outcomeIsUnknown: Bool {
        switch reason {
        case .returned, .rejected: false
        case .unconfirmed, .lost: true
        }
    }
}
