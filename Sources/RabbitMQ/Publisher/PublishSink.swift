/// Who wants to know what became of a publisher's messages. Called on the connection's thread: be quick and never
/// block.
/// Publishing more from within is fine, and the way to use room as soon as there is some.
public protocol PublishSink: AnyObject, Sendable {
    /// All that was settled at once; thousands of messages under load.
    func published(_ results: PublishResults, by publisher: Publisher)
    /// The broker takes no messages for now; `publish` throws until it does.
    func publisherBlocked(_ publisher: Publisher, reason: String)
    func publisherUnblocked(_ publisher: Publisher)
    /// The last call, once, after everything unsettled has been reported as lost.
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError)
}

extension PublishSink {
    public func publisherBlocked(_ publisher: Publisher, reason: String) {}
    public func publisherUnblocked(_ publisher: Publisher) {}
}
