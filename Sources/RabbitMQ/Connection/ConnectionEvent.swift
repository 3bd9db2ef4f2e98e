/// What happens to a connection as a whole.
public enum ConnectionEvent: Sendable {
    /// The broker takes no more messages: it is short of memory or disk. Deliveries go on.
    case blocked(reason: String)
    case unblocked
    /// The last event, once: the connection is gone, and every channel's holder has been told.
    case closed(RabbitMQError)
}
