/// A message as a queue gave it out: pushed to a consumer, or fetched with `get`.
public struct ReceivedMessage: Sendable {
    /// What an acknowledgement on the same channel refers to; counts from 1 on each channel.
    public let deliveryTag: UInt64
    /// Whether it may have been given to a consumer before. Every drain redelivers innocent messages.
    public let isRedelivered: Bool
    public let exchange: String
    public let routingKey: String
    public let properties: MessageProperties
    public let body: [UInt8]
}
