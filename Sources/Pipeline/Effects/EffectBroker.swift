internal import RabbitMQ
internal import Runtime
internal import Ticketing
internal import Wire

/// A runner's side of the broker: wake-ups come in, result commands go out, on one connection that comes back by
/// itself.
///
/// One connection does for both: while the broker takes no commands it does not read acknowledgements either, but then
/// no effect is taken, and a wake-up that comes twice is no harm.
final class EffectBroker: Sendable {
    private struct Line {
        let connection: Connection
        let publisher: Publisher
    }

    /// The commands of one effect, published together.
    private struct Pending {
        let effect: EffectId
        var left: Int
        var refusal: String?
    }

    private struct State {
        var line: Line?
        var serial: UInt64 = 0
        var pending: [UInt64: Pending] = [:]
    }

    private let kind: EffectKind
    private let settings: ConnectionSettings
    private let post: @Sendable (EffectMachine.Input) -> Void
    private let log: Log
    private let state = Lock(State())
    private let keeper = Lock<Reconnector?>(nil)

    init(
        _ kind: EffectKind, settings: ConnectionSettings, log: Log,
        post: @escaping @Sendable (EffectMachine.Input) -> Void
    ) {
        self.kind = kind
        self.settings = settings
        self.log = log
        self.post = post
    }

    /// Connects, now and whenever the connection is lost.
    func start(backoff: Backoff) throws(RabbitMQError) {
        let reconnector = try Reconnector(settings, backoff: backoff, onEvent: { self.happened($0) }) {
            (connection) throws(RabbitMQError) in try self.setUp(connection)
        }
        keeper.withLock { $0 = reconnector }
    }

    func stop() {
        let reconnector = keeper.withLock { keeper in
            defer { keeper = nil }
            return keeper
        }
        reconnector?.stop()
    }

    private func happened(_ event: Reconnector.Event) {
        switch event {
        case .connecting: break
        case .connected: log.info("connected to the broker")
        case .failed(let attempt, let error, _):
            if attempt == 1 { log.warning("no connection to the broker", error) }
        case .lost(let error, _): log.warning("the connection to the broker was lost", error)
        }
    }

    private func setUp(_ connection: Connection) throws(RabbitMQError) {
        let channel = try connection.openChannel()
        do throws(TopologyError) {
            try Topology.declareEffects(kind, on: channel)
        } catch {
            log.error("the broker's queues cannot be declared", error)
            throw error.cause
        }
        try channel.close()
        let publisher = try connection.openPublisher(confirmTimeout: .seconds(10), sink: self)
        state.withLock { $0.line = Line(connection: connection, publisher: publisher) }
        _ = try connection.consume(Topology.effectQueue(kind), prefetch: 100, sink: self)
        post(.brokerUp)
        // Its end may have been told before its beginning.
        if publisher.ending != nil { post(.brokerDown) }
    }

    /// Publishes the commands that came of an effect; their outcome is posted, once.
    func publish(_ commands: [WireCommand], of effect: EffectId, to partition: Int) {
        let (serial, line) = state.withLock { state -> (UInt64, Line?) in
            guard let line = state.line else { return (0, nil) }
            state.serial += 1
            state.pending[state.serial] = Pending(effect: effect, left: commands.count)
            return (state.serial, line)
        }
        guard let line else { return post(.published(effect, .lost)) }
        // Checked by the broker, and by the worker: one of ours may speak for every tenant.
        var properties = MessageProperties.persistent()
        properties.userID = settings.user
        let messages = commands.map { command in
            var body: [UInt8] = []
            command.appendLine(to: &body)
            return OutgoingMessage(
                exchange: Topology.seats, routingKey: Topology.routingKey(partition: partition),
                properties: properties, body: body, tag: serial)
        }
        do throws(RabbitMQError) {
            let taken = try line.publisher.publish(messages)
            if taken < messages.count {
                settle(serial, count: messages.count - taken, refusal: "the connection to the broker is full")
            }
        } catch  where error.code == .invalidArgument || error.code == .frameTooLarge {
            settle(serial, count: messages.count, refusal: error.description)
        } catch {
            lose(serial)
            guard error.code == .blocked else { return }
            post(.brokerDown)
            // It may have been unblocked between the two: then nobody will say so any more.
            if line.connection.blockedReason == nil { post(.brokerUp) }
        }
    }

    /// Some messages of an effect have been reported.
    private func settle(_ serial: UInt64, count: Int = 1, refusal: String? = nil) {
        let pending: Pending? = state.withLock { state in
            guard var pending = state.pending[serial] else { return nil }
            pending.left -= count
            pending.refusal = pending.refusal ?? refusal
            state.pending[serial] = pending.left > 0 ? pending : nil
            return pending.left > 0 ? nil : pending
        }
        guard let pending else { return }
        post(.published(pending.effect, pending.refusal.map { .refused($0) } ?? .confirmed))
    }

    /// The connection ended, or takes nothing for now.
    private func lose(_ serial: UInt64) {
        let pending = state.withLock { $0.pending.removeValue(forKey: serial) }
        if let pending { post(.published(pending.effect, .lost)) }
    }
}

extension EffectBroker: PublishSink {
    func published(_ results: PublishResults, by publisher: Publisher) {
        for serial in results.confirmed { settle(serial) }
        for failure in results.failed {
            switch failure.reason {
            case .lost: lose(failure.tag)
            case .rejected: settle(failure.tag, refusal: "the partition's queue takes no more commands")
            case .returned(_, let text): settle(failure.tag, refusal: "no queue for the partition: \(text)")
            case .unconfirmed: settle(failure.tag, refusal: "the broker did not confirm in time")
            }
        }
    }

    func publisherBlocked(_ publisher: Publisher, reason: String) {
        log.warning("the broker takes no commands", nil, ["event.reason": .string(reason)])
        post(.brokerDown)
    }

    func publisherUnblocked(_ publisher: Publisher) { post(.brokerUp) }

    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {
        let line = state.withLock { state -> Line? in
            guard let line = state.line, line.publisher === publisher else { return nil }
            state.line = nil
            return line
        }
        post(.brokerDown)
        renew(line?.connection)
    }
}

extension EffectBroker: DeliverySink {
    func received(_ deliveries: [Delivery]) {
        // They are only wake-ups: one that is lost behind its acknowledgement is made up for by the sweep.
        if let last = deliveries.last { last.consumer.acknowledge(through: last.message.deliveryTag) }
        post(.woken)
    }

    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        renew(state.withLock { $0.line?.connection })
    }

    /// Where a channel alone has ended, the whole connection is made anew. Not here: this is its own thread.
    private func renew(_ connection: Connection?) {
        guard let connection, connection.ending == nil else { return }
        post(.connectionUseless { connection.abort() })
    }
}
