/// A message on its way to an exchange.
public struct OutgoingMessage: Sendable {
    /// The empty name is the default exchange: its routing keys are the names of queues.
    public var exchange: String
    public var routingKey: String
    public var properties: MessageProperties
    public var body: [UInt8]
    /// Whether the broker must return it when no queue takes it. Without this an unroutable message is confirmed and
    /// lost.
    public var isMandatory: Bool
    /// The caller's own name for it, given back with its confirm or its failure. The broker does not see it.
    public var tag: UInt64

    public init(
        exchange: String = "", routingKey: String, properties: MessageProperties = .persistent(), body: [UInt8],
        isMandatory: Bool = true, tag: UInt64 = 0
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.isMandatory = isMandatory
        self.tag = tag
    }
}
