internal import Payments
internal import Runtime
internal import Synchronization

/// Asks providers for many payments, several at a time: each answer takes a while to come, and there may be very many.
struct ProviderRound: Sendable {
    struct Answer: Sendable {
        let stored: StoredPayment
        let told: Result<ProviderPayment, ProviderError>
    }

    let providers: Providers
    /// Calls that are under way at most.
    static let atOnce = 8

    /// - Returns: an answer for each, in no order.
    func ask(_ rows: ArraySlice<StoredPayment>) throws -> [Answer] {
        let answers = Lock<[Answer]>([])
        let next = Next(rows.startIndex)
        var threads: [OwnedThread] = []
        // Should there be no thread for one of them, the others still come to their end.
        defer { for thread in threads { thread.join() } }
        for _ in 0..<min(Self.atOnce, rows.count) {
            threads.append(
                try OwnedThread(name: "reconcile") {
                    while let row = next.take(of: rows) {
                        let answer = Answer(stored: row, told: told(of: row))
                        answers.withLock { $0.append(answer) }
                    }
                })
        }
        for thread in threads { thread.join() }
        return answers.withLock { $0 }
    }

    private func told(of row: StoredPayment) -> Result<ProviderPayment, ProviderError> {
        guard let provider = providers[row.provider] else {
            return .failure(ProviderError(.never, "it is not set up here"))
        }
        do throws(ProviderError) { return .success(try provider.fetch(row.reference)) } catch {
            return .failure(error)
        }
    }

    /// Which row is to be asked for next.
    private final class Next: Sendable {
        private let index: Atomic<Int>

        init(_ first: Int) { index = Atomic(first) }

        func take(of rows: ArraySlice<StoredPayment>) -> StoredPayment? {
            let index = index.wrappingAdd(1, ordering: .relaxed).oldValue
            return rows.indices.contains(index) ? rows[index] : nil
        }
    }
}
