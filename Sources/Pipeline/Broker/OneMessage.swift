package import RabbitMQ
internal import Runtime

/// A message that is sent once in a while: on a connection of its own, and known to be in its queue afterwards.
package enum OneMessage {
    package struct Unheard: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Throws: `Unheard` when the broker did not take it.
    package static func publish(
        _ body: [UInt8], to exchange: String, by key: String, at broker: ConnectionSettings
    ) throws {
        let connection = try Connection.open(broker)
        defer { connection.close() }
        let outcome = Outcome()
        let publisher = try connection.openPublisher(confirmTimeout: .seconds(5), sink: outcome)
        var properties = MessageProperties.persistent()
        properties.userID = broker.user
        _ = try publisher.publish(
            OutgoingMessage(exchange: exchange, routingKey: key, properties: properties, body: body))
        guard publisher.waitUntilReported(within: .seconds(10)), let results = outcome.results else {
            throw Unheard(description: "the broker did not answer")
        }
        if let failure = results.failed.first { throw Unheard(description: "\(failure.reason)") }
    }

    private final class Outcome: PublishSink {
        private let kept = Lock<PublishResults?>(nil)
        var results: PublishResults? { kept.withLock { $0 } }

        func published(_ results: PublishResults, by publisher: Publisher) { kept.withLock { $0 = results } }
        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
    }
}
