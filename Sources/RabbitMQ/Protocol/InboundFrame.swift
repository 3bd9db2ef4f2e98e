/// A frame from the broker, free of C types.
enum InboundFrame {
    case method(InboundMethod)
    case header(ContentHeader)
    /// Valid only while the frame is handled.
    case body(UnsafeRawBufferPointer)
    case heartbeat
}

struct ContentHeader {
    var bodySize: UInt64
    var properties: MessageProperties
    /// A digest of the properties' bytes, for matching a returned message with its publish.
    var fingerprint: Fingerprint
}

enum InboundMethod {
    case deliver(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
    case returned(ReturnedMessage)
    case getOK(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
    case ack(tag: UInt64, isMultiple: Bool)
    case nack(tag: UInt64, isMultiple: Bool)
    case reply(Reply)
    case consumerCancelled
    case channelFlow(isActive: Bool)
    case channelClose(replyCode: UInt16, text: String)
    case channelCloseOK
    case connectionClose(replyCode: UInt16, text: String)
    case connectionCloseOK
    case blocked(reason: String)
    case unblocked
    /// Something that no broker sends to a client like this one.
    case unexpected(UInt32)
}

/// The answer to a request, in the order of the requests on its channel.
enum Reply: Sendable {
    case done
    case queue(QueueStatus)
    /// How many messages were purged or deleted.
    case count(Int)
    /// `get` found a message, or none.
    case message(ReceivedMessage?)
}

/// What `basic.return` says before the content.
struct ReturnedMessage: Equatable {
    var replyCode: UInt16
    var text: String
    var exchange: String
    var routingKey: String
}

/// The peer broke AMQP's grammar; the connection cannot go on.
struct ProtocolViolation: Error, Equatable {
    let reason: String
}
