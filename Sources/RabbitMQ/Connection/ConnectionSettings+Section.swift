public import Runtime

extension ConnectionSettings {
    /// How the settings file's section `rabbitmq` wants connections to be, to the broker of that URL.
    public init(_ section: RabbitMQSection, url: String) throws(RabbitMQError) {
        try self.init(url: url)
        heartbeat = section.heartbeat
        connectTimeout = section.connectTimeout
        replyTimeout = section.rpcTimeout
    }
}

extension Backoff {
    /// How the settings file's section `rabbitmq` wants lost connections to be tried again.
    public init(_ section: RabbitMQSection) {
        self.init(first: section.reconnectFirst, limit: max(section.reconnectFirst, section.reconnectMost))
    }
}
