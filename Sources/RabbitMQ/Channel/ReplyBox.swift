internal import Runtime

/// Where a caller waits for one answer of the broker.
final class ReplyBox: Sendable {
    private let latch = Latch()
    private let result = Lock<Result<Reply, RabbitMQError>?>(nil)

    /// The first result counts.
    func fulfil(_ value: Result<Reply, RabbitMQError>) {
        result.withLock { result in
            if result == nil { result = value }
        }
        latch.open()
    }

    /// - Returns: nil when the time is over.
    func wait(for duration: Duration) -> Result<Reply, RabbitMQError>? {
        _ = latch.wait(for: duration)
        return result.withLock { $0 }
    }
}
