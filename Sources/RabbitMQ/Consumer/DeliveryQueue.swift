internal import Runtime

/// A sink that hands deliveries over to a thread of your own, such as a worker's lane, one wake-up for each batch.
///
/// It holds at most what its consumers' prefetch allows.
public final class DeliveryQueue: DeliverySink {
    /// What has come in since the last look.
    public struct Batch: Sendable {
        /// In the order of their arrival. Those of an ended consumer can no longer be acknowledged.
        public internal(set) var deliveries: [Delivery] = []
        public internal(set) var ended: [(consumer: Consumer, error: RabbitMQError)] = []

        public var isEmpty: Bool { deliveries.isEmpty && ended.isEmpty }
    }

    private struct State {
        var batch = Batch()
        var waiter: Latch?
        var isWoken = false
    }

    private let state = Lock(State())

    public init() {}

    /// Everything that is there; waits when there is nothing. For one thread at a time.
    ///
    /// - Returns: an empty batch when the time is over or `wake` was called.
    public func next(within duration: Duration) -> Batch {
        let latch: Latch? = state.withLock { state in
            guard state.batch.isEmpty, !state.isWoken else { return nil }
            precondition(state.waiter == nil, "two threads wait on one DeliveryQueue")
            let latch = Latch()
            state.waiter = latch
            return latch
        }
        _ = latch?.wait(for: duration)
        return state.withLock { state in
            defer { state = State() }
            return state.batch
        }
    }

    /// Ends a `next` that waits, or the next one.
    public func wake() {
        change { $0.isWoken = true }
    }

    public func received(_ deliveries: [Delivery]) {
        change { state in
            if state.batch.deliveries.isEmpty {
                state.batch.deliveries = deliveries
            } else {
                state.batch.deliveries += deliveries
            }
        }
    }

    public func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        change { $0.batch.ended.append((consumer, error)) }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.open()
    }
}
