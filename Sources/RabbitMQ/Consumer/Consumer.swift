internal import CRabbitMQ
internal import Synchronization

/// A consumer of one queue on a channel of its own, with manual acknowledgement.
///
/// There is no cancel: messages that are prefetched but unacknowledged would be overtaken by later ones. Close it: what
/// is unacknowledged goes back to its place in the queue. It lives until it is closed or its connection ends.
public final class Consumer: @unchecked Sendable {
    // because: `sink` and `collector` belong to the connection's thread, and the rest is constant
    public let queue: String
    /// The owner's own name for it, such as the number of a partition.
    public let label: UInt64
    private let core: ChannelCore
    /// Nil after the end: a sink that keeps deliveries, and with them this, must not keep itself alive.
    private var sink: (any DeliverySink)?
    private var collector: DeliveryCollector?

    init(core: ChannelCore, queue: String, label: UInt64, sink: any DeliverySink) {
        self.core = core
        self.queue = queue
        self.label = label
        self.sink = sink
    }

    /// Why the consumer has ended, or nil while it works.
    public var ending: RabbitMQError? { core.ending }

    /// Acknowledges everything up to and including a delivery tag. From any thread, without waiting.
    ///
    /// - Returns: false when the consumer has ended: then the messages will be delivered again.
    @discardableResult
    public func acknowledge(through tag: UInt64) -> Bool { acknowledge(tag, isMultiple: true) }

    /// Acknowledges one delivery.
    @discardableResult
    public func acknowledge(_ tag: UInt64) -> Bool { acknowledge(tag, isMultiple: false) }

    private func acknowledge(_ tag: UInt64, isMultiple: Bool) -> Bool {
        send(AMQP_BASIC_ACK_METHOD, amqp_basic_ack_t(delivery_tag: tag, multiple: isMultiple ? 1 : 0))
    }

    /// Refuses one delivery. Requeueing reorders; without it the message is lost or dead-lettered.
    @discardableResult
    public func reject(_ tag: UInt64, requeue: Bool) -> Bool {
        send(AMQP_BASIC_REJECT_METHOD, amqp_basic_reject_t(delivery_tag: tag, requeue: requeue ? 1 : 0))
    }

    private func send<Method: BitwiseCopyable>(_ number: amqp_method_number_t, _ method: Method) -> Bool {
        var frame = ByteBuffer()
        var encoder = FrameEncoder(frameMax: core.loop.settings.frameMax)
        // Numbers alone always fit.
        try? encoder.method(number, channel: core.id.number, into: &frame, action: "acknowledging") { _ in method }
        return core.loop.outbox.send(frame, on: core)
    }

    /// Closes the consumer's channel and waits until the broker has agreed: what is unacknowledged goes back to its
    /// place
    /// in the queue, for whoever consumes next. Not on the connection's own thread.
    public func close() throws(RabbitMQError) {
        try core.close()
    }
}

extension Consumer: ChannelRole {
    func opened(on loop: ConnectionLoop) {
        guard let sink else { return }
        let collector = loop.collector(for: sink)
        collector.consumers += 1
        self.collector = collector
    }

    func delivered(_ message: ReceivedMessage) {
        collector?.add(Delivery(consumer: self, message: message))
    }

    func flush() { collector?.flush() }

    func ended(_ error: RabbitMQError, wasOpen: Bool) {
        if let collector { core.loop.release(collector) }
        collector = nil
        if wasOpen { sink?.consumerEnded(self, error) }
        sink = nil
    }
}

extension Connection {
    /// Opens a channel that consumes from a queue.
    ///
    /// - Parameters:
    ///   - prefetch: how many deliveries may be unacknowledged at once: the bound of everything behind the sink.
    ///   - isExclusive: refuse when the queue has another consumer. Quorum queues do not enforce it.
    ///   - sink: may be shared by many consumers; deliveries may reach it before this call returns.
    public func consume(
        _ queue: String, prefetch: UInt16, label: UInt64 = 0, isExclusive: Bool = false, arguments: FieldTable = [:],
        sink: any DeliverySink
    ) throws(RabbitMQError) -> Consumer {
        let action = "consuming from the queue “\(queue)”"
        try FrameEncoder.checkShort(queue, "the queue's name", action)
        guard prefetch > 0 else {
            throw RabbitMQError(.invalidArgument, action, "a prefetch of 0 would mean no bound at all")
        }
        let opening = ChannelOpening.consuming(
            queue: queue, prefetch: prefetch, isExclusive: isExclusive, arguments: arguments)
        var made: Consumer?
        _ = try openChannel(opening) { core in
            let consumer = Consumer(core: core, queue: queue, label: label, sink: sink)
            made = consumer
            return consumer
        }
        guard let made else { preconditionFailure("a channel was opened without its role") }
        return made
    }
}
