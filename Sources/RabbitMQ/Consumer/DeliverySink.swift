/// Who takes the deliveries of one or more consumers. Called on the connection's thread: be quick and never block.
public protocol DeliverySink: AnyObject, Sendable {
    /// All that was there at once for the connection's consumers with this sink, in the order of its arrival.
    func received(_ deliveries: [Delivery])
    /// The consumer's last call, once, after its deliveries: the broker or the owner closed its channel, the queue was
    /// deleted, or the connection is gone. What it had not acknowledged will be delivered again, elsewhere or here.
    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError)
}

/// A message with the consumer that got it.
public struct Delivery: Sendable {
    public let consumer: Consumer
    public let message: ReceivedMessage
}

/// Gathers what arrived for one sink. Belongs to the connection's thread.
final class DeliveryCollector {
    let sink: any DeliverySink
    /// How many consumers use it.
    var consumers = 0
    private var deliveries: [Delivery] = []
    private var largest = 16

    init(sink: any DeliverySink) {
        self.sink = sink
    }

    func add(_ delivery: Delivery) {
        if deliveries.isEmpty { deliveries.reserveCapacity(largest) }
        deliveries.append(delivery)
    }

    func flush() {
        guard !deliveries.isEmpty else { return }
        let batch = deliveries
        deliveries = []
        // The next batch is likely to be like this one; a single large one does not count for ever.
        largest = max(16, (largest + batch.count) / 2)
        sink.received(batch)
    }
}
