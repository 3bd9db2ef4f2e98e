internal import RabbitMQ
internal import Runtime
internal import Wire

/// Hears what is told of the directory: a queue of this process's own on its exchange.
final class DirectoryConsumer: DeliverySink {
    private struct State {
        var reconnector: Reconnector?
        var consumer: Consumer?
        var heard: @Sendable ([TenantPlace]) -> Void = { _ in }
    }

    private let settings: ConnectionSettings
    private let backoff: Backoff
    private let malformed: Counter
    private let log: Log
    private let state = Lock(State())
    private let decoder = Lock(DirectoryDecoder())

    /// What waits in the broker for this process at most. Beyond it the oldest is thrown away, and found to be missing.
    private static let bound: Int64 = 10_000

    init(_ settings: ConnectionSettings, backoff: Backoff, malformed: Counter, log: Log) {
        self.settings = settings
        self.backoff = backoff
        self.malformed = malformed
        self.log = log
    }

    /// - Parameters:
    ///   - heard: called with what came in together, in order, on the connection's thread.
    ///   - whenConnected: called with each new connection, once the exchange is being heard.
    func start(
        heard: @escaping @Sendable ([TenantPlace]) -> Void, whenConnected: @escaping @Sendable () -> Void
    ) throws(RabbitMQError) {
        state.withLock { $0.heard = heard }
        let reconnector = try Reconnector(settings, backoff: backoff) { [weak self] event in
            self?.note(event)
        } setUp: { [weak self] connection throws(RabbitMQError) in
            try self?.consume(on: connection)
            whenConnected()
        }
        state.withLock { $0.reconnector = reconnector }
    }

    func stop() { state.withLock { $0.reconnector.take() }?.stop() }

    private func note(_ event: Reconnector.Event) {
        switch event {
        case .connecting: break
        case .connected: log.info("the tenant directory is being heard")
        case .failed(let attempt, let error, _):
            if attempt == 1 || attempt % 20 == 0 { log.warning("the tenant directory cannot be heard", error) }
        case .lost(let error, _): log.warning("the tenant directory is not heard any more", error)
        }
    }

    private func consume(on connection: Connection) throws(RabbitMQError) {
        let queue = try connection.withChannel { channel throws(RabbitMQError) in
            try channel.declare(Exchange(DirectoryLine.exchange, kind: .fanout))
            let status = try channel.declare(
                Queue.exclusive(arguments: [
                    "x-max-length": .int64(Self.bound), "x-overflow": .string(Queue.Overflow.dropHead.rawValue),
                ]))
            try channel.bind(queue: status.name, to: DirectoryLine.exchange, routingKey: "")
            return status.name
        }
        let consumer = try connection.consume(queue, prefetch: 1_000, isExclusive: true, sink: self)
        state.withLock { $0.consumer = consumer }
    }

    // MARK: on the connection's thread

    func received(_ deliveries: [Delivery]) {
        var places: [TenantPlace] = []
        decoder.withLock { decoder in
            for delivery in deliveries {
                delivery.message.body.withUnsafeBytes { message in
                    decoder.decode(message: message) { result in
                        switch result {
                        case .success(let place): places.append(place)
                        case .failure(let problems): note(problems)
                        }
                    }
                }
            }
        }
        if !places.isEmpty { state.withLock { $0.heard }(places) }
        if let last = deliveries.last { last.consumer.acknowledge(through: last.message.deliveryTag) }
    }

    private func note(_ problems: Malformed) {
        // The first of a row of them says what the others would say, too.
        if malformed.value == 0 {
            log.warning(
                "a message of the tenant directory cannot be read", nil, ["error.message": .describing(problems)])
        }
        malformed.add()
    }

    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        let reconnector = state.withLock { state in
            if state.consumer === consumer { state.consumer = nil }
            return state.reconnector
        }
        // Where a channel alone has ended, the whole connection is made anew; not here, on its own thread.
        guard let connection = reconnector?.connection, connection.ending == nil else { return }
        _ = try? OwnedThread(name: "renew") { connection.abort() }
    }
}
