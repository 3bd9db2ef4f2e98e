internal import RabbitMQ
internal import Runtime
internal import TestSupport

/// Confirmed publishes and acknowledged deliveries per second, through the wrapper and straight on librabbitmq:
/// persistent messages of 300 bytes, a quorum queue, 1,000 unconfirmed or prefetched at most.
enum RabbitMQBenchmark {
    static let messages = 20_000
    static let window = 1000
    static let rounds = 5
    static let body = [UInt8](repeating: UInt8(ascii: "x"), count: 300)

    static func run(_ servers: TestServers) async throws {
        try await TestBroker.withVirtualHost { broker in
            let settings = try ConnectionSettings(url: broker.url)
            let connection = try Connection.open(settings)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                for queue in ["wrapper", "direct"] { _ = try channel.declare(.quorum(queue)) }
            }
            var rates: [String: [Double]] = [:]
            func measure(_ name: String, _ body: () throws -> Void) rethrows {
                let began = SystemTime().monotonic
                try body()
                let seconds = Double((SystemTime().monotonic - began).nanoseconds) / 1e9
                rates[name, default: []].append(Double(messages) / seconds)
            }
            for round in 0..<rounds {
                let runs: [(String, () throws -> Void)] = [
                    ("publish.wrapper", { try publish(on: connection) }),
                    ("publish.direct", { DirectLoop(settings).publish(messages, window: window, body: body) }),
                    ("consume.wrapper", { try consume(on: connection) }),
                    ("consume.direct", { DirectLoop(settings).consume(messages, prefetch: UInt16(window)) }),
                ]
                // Alternating who goes first, publishing always before consuming.
                let order = round % 2 == 0 ? [0, 1, 2, 3] : [1, 0, 3, 2]
                for index in order { try measure(runs[index].0, runs[index].1) }
            }
            for kind in ["publish", "consume"] {
                let wrapper = median(rates["\(kind).wrapper"] ?? [])
                let direct = median(rates["\(kind).direct"] ?? [])
                let ratio = (direct / wrapper * 100).rounded() / 100
                print("rabbitmq.\(kind).wrapper \(Int(wrapper))/s  direct \(Int(direct))/s  ratio \(ratio)")
            }
        }
    }

    static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }

    private final class Counter: PublishSink {
        let confirmed = Lock(0)
        func published(_ results: PublishResults, by publisher: Publisher) {
            precondition(results.failed.isEmpty, "a publish failed")
            confirmed.withLock { $0 += results.confirmed.count }
        }
        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
    }

    private static func publish(on connection: Connection) throws {
        let counter = Counter()
        let publisher = try connection.openPublisher(window: window, sink: counter)
        let message = OutgoingMessage(routingKey: "wrapper", body: body)
        let batch = [OutgoingMessage](repeating: message, count: 250)
        var sent = 0
        while sent < messages {
            let count = try publisher.publish(batch.prefix(messages - sent))
            sent += count
            if count == 0 { _ = publisher.waitForRoom(.seconds(20)) }
        }
        precondition(publisher.waitUntilReported(within: .seconds(30)), "confirms are missing")
        precondition(counter.confirmed.withLock { $0 } == messages)
        try publisher.close()
    }

    private static func consume(on connection: Connection) throws {
        let queue = DeliveryQueue()
        let consumer = try connection.consume("wrapper", prefetch: UInt16(window), sink: queue)
        var received = 0
        while received < messages {
            let batch = queue.next(within: .seconds(30))
            precondition(!batch.isEmpty, "deliveries are missing")
            for delivery in batch.deliveries {
                received += 1
                if received % 100 == 0 || received == messages {
                    consumer.acknowledge(through: delivery.message.deliveryTag)
                }
            }
        }
        try consumer.close()
    }
}
