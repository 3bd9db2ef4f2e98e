internal import RabbitMQ
internal import Runtime

/// Remembers failures.
final class RabbitMQImpatientSink: PublishSink {
    private let failures = Lock<[PublishFailure]>([])

    var failed: [PublishFailure] { failures.withLock { $0 } }

    func published(_ results: PublishResults, by publisher: Publisher) {
        failures.withLock { $0 += results.failed }
    }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
}
