package import RabbitMQ
package import Runtime
internal import Synchronization

/// Where a worker's messages go, and what it hears of its channels.
package protocol ArrivalSink: Sendable {
    func deliver(_ arrivals: [Arrival])
    /// What it delivered is not acknowledged and will be delivered again.
    func ended(_ channel: ChannelId, reason: String)
}

/// A worker's consuming side: one connection, one channel for each partition that it consumes.
///
/// Opening and closing wait for the broker and so have a thread of their own; an acknowledgement is written at once,
/// from the deciding thread. Deliveries go from the connection's thread into the inbox, at most the prefetch of each
/// channel at a time.
package final class CommandChannels: DeliverySink {
    private enum Wish: Sendable {
        case open(ChannelId)
        case close(ChannelId)
    }

    private let exchange: String
    private let prefetch: UInt16
    private let inbox: any ArrivalSink
    private let metrics: LoopMetrics
    private let prepare: @Sendable (Connection) throws(RabbitMQError) -> Void
    private let connection = Lock<Connection?>(nil)
    private let consumers = Lock<[ChannelId: Open]>([:])
    private let wishes = Mailbox<Wish>()
    /// Opens with the first connection, or when there will be none: partitions are claimed while it is made.
    private let begun = Latch()
    private let thread = Lock<OwnedThread?>(nil)
    private let reconnector = Lock<Reconnector?>(nil)

    /// A channel that consumes.
    private struct Open {
        let consumer: Consumer
        /// One delivery whose way to its acknowledgement is being timed.
        var timed: (tag: UInt64, since: MonotonicTime)?
    }

    /// - Parameters:
    ///   - exchange: the line's, from which its queues have their names.
    ///   - prepare: gets each new connection before anything is consumed on it.
    package init(
        exchange: String, prefetch: UInt16, inbox: any ArrivalSink, metrics: LoopMetrics,
        prepare: @escaping @Sendable (Connection) throws(RabbitMQError) -> Void
    ) {
        self.exchange = exchange
        self.prefetch = prefetch
        self.prepare = prepare
        self.inbox = inbox
        self.metrics = metrics
    }

    package func start(_ settings: ConnectionSettings, backoff: Backoff, log: Log) throws {
        let thread = try OwnedThread(name: "channels") { self.run() }
        self.thread.withLock { $0 = thread }
        let reconnector = try Reconnector(settings, backoff: backoff) { event in
            event.write(to: log, "turnstile.connection", "consuming")
        } setUp: { connection throws(RabbitMQError) in
            try self.prepare(connection)
            self.connection.withLock { $0 = connection }
            self.begun.open()
        }
        self.reconnector.withLock { $0 = reconnector }
    }

    package func consume(_ id: ChannelId) { wishes.put(.open(id)) }
    package func close(_ id: ChannelId) { wishes.put(.close(id)) }

    package func acknowledge(_ id: ChannelId, through tag: UInt64) {
        let now = SystemTime().monotonic
        let found: (consumer: Consumer, since: MonotonicTime?)? = consumers.withLock { consumers in
            guard let open = consumers[id] else { return nil }
            guard let timed = open.timed, timed.tag <= tag else { return (open.consumer, nil) }
            consumers[id]?.timed = nil
            return (open.consumer, timed.since)
        }
        guard let found else { return }
        // A channel that has ended says so itself, and its messages come again.
        found.consumer.acknowledge(through: tag)
        if let since = found.since { metrics.residence.observe(now - since) }
    }

    /// Closes what is open, and the connection.
    package func stop() {
        wishes.close()
        begun.open()
        thread.withLock { $0.take() }?.join()
        reconnector.withLock { $0.take() }?.stop()
        connection.withLock { $0 = nil }
    }

    /// Whether there is a connection now.
    package var isConnected: Bool { connection.withLock { $0.map { $0.ending == nil } ?? false } }

    private func run() {
        _ = begun.wait(for: .seconds(5))
        var taken: [Wish] = []
        while wishes.take(into: &taken) {
            for wish in taken {
                switch wish {
                case .open(let id): open(id)
                case .close(let id): end(id)
                }
            }
            taken.removeAll(keepingCapacity: true)
        }
    }

    private func open(_ id: ChannelId) {
        guard let connection = connection.withLock({ $0 }) else {
            inbox.ended(id, reason: "there is no connection to the broker")
            return
        }
        do throws(RabbitMQError) {
            let consumer = try connection.consume(
                Topology.queue(of: exchange, id.partition), prefetch: prefetch, label: Self.label(of: id), sink: self)
            remember(consumer, as: id)
        } catch {
            // Somebody deleted the queue: it is made anew for the next attempt.
            if error.code == .notFound { try? prepare(connection) }
            inbox.ended(id, reason: error.description)
        }
    }

    private func end(_ id: ChannelId) {
        guard let open = consumers.withLock({ $0[id] }) else { return }
        do throws(RabbitMQError) {
            try open.consumer.close()
        } catch {
            // What it was closed for happens with the connection then.
            metrics.log.warning("closing a channel", error, ["turnstile.partition": .int(id.partition)])
        }
    }

    /// Both that opened it and the first delivery make it known, whichever comes first; not once it has ended.
    private func remember(_ consumer: Consumer, as id: ChannelId) {
        consumers.withLock { consumers in
            if consumers[id] == nil && consumer.ending == nil { consumers[id] = Open(consumer: consumer, timed: nil) }
        }
    }

    // MARK: on the connection's thread

    package func received(_ deliveries: [Delivery]) {
        var arrivals: [Arrival] = []
        arrivals.reserveCapacity(deliveries.count)
        var label: UInt64?
        var id = ChannelId(partition: 0, serial: 0)
        for delivery in deliveries {
            if delivery.consumer.label != label {
                label = delivery.consumer.label
                id = Self.channel(labelled: delivery.consumer.label)
                noteFirst(delivery, id)
            }
            arrivals.append(
                Arrival(
                    channel: id, tag: delivery.message.deliveryTag, isRedelivered: delivery.message.isRedelivered,
                    user: delivery.message.properties.userID, body: delivery.message.body))
        }
        metrics.messages.add(arrivals.count)
        inbox.deliver(arrivals)
    }

    private func noteFirst(_ delivery: Delivery, _ id: ChannelId) {
        remember(delivery.consumer, as: id)
        let tag = delivery.message.deliveryTag
        let now = SystemTime().monotonic
        consumers.withLock { consumers in
            if let open = consumers[id], open.timed == nil { consumers[id]?.timed = (tag, now) }
        }
    }

    package func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        let id = Self.channel(labelled: consumer.label)
        _ = consumers.withLock { $0.removeValue(forKey: id) }
        inbox.ended(id, reason: error.description)
    }

    /// A consumer has room for one number; partitions are few.
    private static func label(of id: ChannelId) -> UInt64 { id.serial << 16 | UInt64(id.partition) }

    private static func channel(labelled label: UInt64) -> ChannelId {
        ChannelId(partition: Int(label & 0xFFFF), serial: label >> 16)
    }
}

extension Reconnector.Event {
    func write(to log: Log, _ field: String, _ name: String) {
        let log = log.with([field: .string(name)])
        switch self {
        case .connecting: break
        case .connected: log.info("connected to the broker")
        case .failed(let attempt, let error, let wait):
            if attempt == 1 || attempt % 20 == 0 {
                log.warning(
                    "no connection to the broker", error,
                    ["turnstile.attempt": .int(attempt), "turnstile.wait": .duration(wait)])
            }
        case .lost(let error, let wait):
            log.warning("the connection to the broker was lost", error, ["turnstile.wait": .duration(wait)])
        }
    }
}
