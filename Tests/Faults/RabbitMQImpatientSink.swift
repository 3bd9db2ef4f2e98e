internal import RabbitMQ
internal import Synchronization

/// Remembers failures.
final class RabbitMQImpatientSink: PublishSink {
    private let failures = Mutex<[PublishFailure]>([])

    var failed: [PublishFailure] { failures.withLock { $0 } }

    func published(_ results: PublishResults, by publisher: Publisher) {
        failures.withLock { $0 += results.failed }
    }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
}
