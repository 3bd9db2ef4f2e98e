package import Runtime

/// Writes down what a worker warns of: the same words once in a while, however many partitions say them.
package final class WarningLog: Sendable {
    private struct Heard {
        var at: MonotonicTime
        /// Since it was last written.
        var repeated = 0
    }

    private let log: Log
    private let heard = Lock<[String: Heard]>([:])
    private static let pause = Duration.seconds(10)
    /// Different words that are remembered at most.
    private static let most = 64

    package init(_ log: Log) { self.log = log }

    package func write(_ text: String, partition: Int?, at now: MonotonicTime) {
        let repeated: Int? = heard.withLock { heard in
            if let before = heard[text], now - before.at < Self.pause {
                heard[text]?.repeated += 1
                return nil
            }
            let repeated = heard[text]?.repeated ?? 0
            if heard.count >= Self.most { heard = [:] }
            heard[text] = Heard(at: now)
            return repeated
        }
        guard let repeated else { return }
        var fields = LogFields()
        if let partition { fields["turnstile.partition"] = .int(partition) }
        if repeated > 0 { fields["turnstile.repeated"] = .int(repeated) }
        log.warning(text, nil, fields)
    }
}
