internal import Pipeline
internal import RabbitMQ
internal import Runtime
internal import Wire

/// Hears what workers tell of shows: a queue of this process's own on the exchange of changes.
///
/// What was told while there was no connection is lost. Whoever starts it is told of each new one, and has to look at
/// what is stored.
final class ChangesConsumer: DeliverySink {
    private let heard: @Sendable (ChangeLine) -> Void
    private let log: Log
    private let reconnector = Lock<Reconnector?>(nil)
    private let consumer = Lock<Consumer?>(nil)
    private let decoder = Lock(ChangeDecoder())
    private let malformed: Counter

    /// What waits in the broker for this process at most. Beyond it the oldest is thrown away, and found to be missing.
    private static let bound: (messages: Int64, bytes: Int64) = (20_000, 64 << 20)

    /// - Parameters:
    ///   - malformed: counts what could not be read.
    ///   - heard: called for each line, in order, on the connection's thread.
    init(log: Log, malformed: Counter, heard: @escaping @Sendable (ChangeLine) -> Void) {
        self.log = log
        self.malformed = malformed
        self.heard = heard
    }

    /// - Parameter whenConnected: called with each new connection, once changes are being heard.
    func start(
        _ settings: ConnectionSettings, backoff: Backoff = Backoff(first: .milliseconds(50), limit: .seconds(1)),
        whenConnected: @escaping @Sendable () -> Void
    ) throws(RabbitMQError) {
        let log = log
        let reconnector = try Reconnector(settings, backoff: backoff) { event in
            Self.note(event, log)
        } setUp: { [weak self] connection throws(RabbitMQError) in
            try self?.consume(on: connection)
            whenConnected()
        }
        self.reconnector.withLock { $0 = reconnector }
    }

    private static func note(_ event: Reconnector.Event, _ log: Log) {
        switch event {
        case .connecting: break
        case .connected: log.info("changes are being heard")
        case .failed(_, let error, _): log.warning("changes cannot be heard", error)
        case .lost(let error, _): log.warning("changes are not heard any more", error)
        }
    }

    private func consume(on connection: Connection) throws(RabbitMQError) {
        let queue = try connection.withChannel { channel throws(RabbitMQError) in
            try channel.declare(Exchange(Topology.changes, kind: .fanout))
            let status = try channel.declare(
                Queue.exclusive(arguments: [
                    "x-max-length": .int64(Self.bound.messages), "x-max-length-bytes": .int64(Self.bound.bytes),
                    "x-overflow": .string(Queue.Overflow.dropHead.rawValue),
                ]))
            try channel.bind(queue: status.name, to: Topology.changes, routingKey: "")
            return status.name
        }
        let consumer = try connection.consume(queue, prefetch: 1_000, isExclusive: true, sink: self)
        self.consumer.withLock { $0 = consumer }
    }

    var isConnected: Bool { consumer.withLock { $0 } != nil }

    func stop() { reconnector.withLock { $0.take() }?.stop() }

    // MARK: on the connection's thread

    func received(_ deliveries: [Delivery]) {
        decoder.withLock { decoder in
            for delivery in deliveries {
                delivery.message.body.withUnsafeBytes { message in
                    decoder.decode(message: message) { result in
                        switch result {
                        case .success(let line): heard(line)
                        case .failure(let problems):
                            // The first of a row of them says what the others would say, too.
                            if malformed.value == 0 {
                                log.warning("a change cannot be read", nil, ["error.message": .describing(problems)])
                            }
                            malformed.add()
                        }
                    }
                }
            }
        }
        if let last = deliveries.last { last.consumer.acknowledge(through: last.message.deliveryTag) }
    }

    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        self.consumer.withLock { if $0 === consumer { $0 = nil } }
        // Where a channel alone has ended, the whole connection is made anew; not here, on its own thread.
        guard let connection = reconnector.withLock({ $0 })?.connection, connection.ending == nil else { return }
        _ = try? OwnedThread(name: "renew") { connection.abort() }
    }
}
