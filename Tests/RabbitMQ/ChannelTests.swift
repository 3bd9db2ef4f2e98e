import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

@Suite struct ChannelTests {
    private func withConnection(_ body: @escaping @Sendable (Connection) throws -> Void) async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(to: broker.url)
            defer { connection.close() }
            try body(connection)
        }
    }

    private func publish(_ messages: [OutgoingMessage], on connection: Connection) throws {
        let sink = PublishRecorder()
        let publisher = try connection.openPublisher(sink: sink)
        try publisher.publish(messages, within: .seconds(20))
        try #require(publisher.waitUntilReported(within: .seconds(20)))
        try #require(sink.now.failed.isEmpty)
        try publisher.close()
    }

    @Test func declaresEveryKindOfExchangeAndRoutesThroughIt() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            for kind in [Exchange.Kind.direct, .topic, .fanout, .headers] {
                try channel.declare(Exchange("x.\(kind.name)", kind: kind))
                try channel.declare(Queue("q.\(kind.name)"))
            }
            try channel.bind(queue: "q.direct", to: "x.direct", routingKey: "seats.7")
            try channel.bind(queue: "q.topic", to: "x.topic", routingKey: "seats.*")
            try channel.bind(queue: "q.fanout", to: "x.fanout")
            try channel.bind(queue: "q.headers", to: "x.headers", arguments: ["x-match": "all", "tier": "gold"])
            var gold = MessageProperties.persistent()
            gold.headers = ["tier": "gold"]
            try publish(
                ["direct", "topic", "fanout", "headers"].map {
                    OutgoingMessage(exchange: "x.\($0)", routingKey: "seats.7", properties: gold, body: [1, 2])
                }, on: connection)
            for kind in ["direct", "topic", "fanout", "headers"] {
                #expect(try channel.get(queue: "q.\(kind)")?.exchange == "x.\(kind)")
            }
        }
    }

    @Test func bindsExchangesToEachOtherAndUnbinds() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            try channel.declare(Exchange("from", kind: .topic))
            try channel.declare(Exchange("to", kind: .fanout, isInternal: true))
            try channel.declare(Queue("q"))
            try channel.bind(exchange: "to", to: "from", routingKey: "a.#")
            try channel.bind(queue: "q", to: "to")
            let message = OutgoingMessage(exchange: "from", routingKey: "a.b", body: [1])
            try publish([message], on: connection)
            #expect(try channel.get(queue: "q")?.body == [1])
            try channel.unbind(exchange: "to", from: "from", routingKey: "a.#")
            try channel.bind(queue: "q", to: "from", routingKey: "a.b")
            try channel.unbind(queue: "q", from: "from", routingKey: "a.b")
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            #expect(try publisher.publish(message))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.failed.count == 1)
            try channel.delete(exchange: "from")
            let gone = #expect(throws: RabbitMQError.self) { try channel.bind(queue: "q", to: "from") }
            #expect(gone?.code == .notFound)
        }
    }

    @Test func countsPurgesAndDeletes() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            let made = try channel.declare(.exclusive())
            #expect(made.name.hasPrefix("amq.gen"))
            try channel.declare(Queue("q"))
            try publish((0..<5).map { text("m\($0)", to: "q") }, on: connection)
            #expect(try channel.status(ofQueue: "q").messages == 5)
            #expect(try channel.purge(queue: "q") == 5)
            #expect(try channel.get(queue: "q") == nil)
            try publish([text("last", to: "q")], on: connection)
            let refused = #expect(throws: RabbitMQError.self) { try channel.delete(queue: "q", ifEmpty: true) }
            #expect(refused?.code == .preconditionFailed)
            #expect(try connection.openChannel().delete(queue: "q") == 1)
        }
    }

    @Test func aMissingQueueCostsTheChannelButNotTheConnection() async throws {
        try await withConnection { connection in
            let other = try connection.openChannel()
            let ends = Lock<[RabbitMQError]>([])
            let channel = try connection.openChannel { error in ends.withLock { $0.append(error) } }
            let error = #expect(throws: RabbitMQError.self) { try channel.status(ofQueue: "nowhere") }
            #expect(error?.code == .notFound)
            #expect(error?.replyCode == 404)
            #expect(error?.reason.contains("nowhere") == true)
            #expect(error?.action == "looking at the queue “nowhere”")
            #expect(ends.withLock { $0.map(\.replyCode) } == [404])
            let late = #expect(throws: RabbitMQError.self) { try channel.declare(Queue("q")) }
            #expect(late?.replyCode == 404)
            try channel.close()
            #expect(ends.withLock { $0.count } == 1)
            #expect(try other.declare(Queue("q")).name == "q")
        }
    }

    @Test func inequivalentArgumentsAreRefused() async throws {
        try await withConnection { connection in
            try connection.withChannel { channel throws(RabbitMQError) in
                _ = try channel.declare(.quorum("q", maxLength: 10, overflow: .rejectPublish))
                _ = try channel.declare(.quorum("q", maxLength: 10, overflow: .rejectPublish))
            }
            let channel = try connection.openChannel()
            let error = #expect(throws: RabbitMQError.self) { try channel.declare(.quorum("q", maxLength: 11)) }
            #expect(error?.code == .preconditionFailed)
            #expect(error?.replyCode == 406)
            #expect(error?.reason.contains("inequivalent arg 'x-max-length'") == true)
        }
    }

    @Test func whatCannotBeSentIsRefusedHere() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            let long = String(repeating: "n", count: 256)
            let tooLong = #expect(throws: RabbitMQError.self) { try channel.declare(Queue(long)) }
            #expect(tooLong?.code == .invalidArgument)
            let large = FieldValue.string(String(repeating: "v", count: 200_000))
            let tooLarge = #expect(throws: RabbitMQError.self) {
                try channel.declare(Queue("q", arguments: ["x-large": large]))
            }
            #expect(tooLarge?.code == .frameTooLarge)
            #expect(try channel.declare(Queue("q")).name == "q")
        }
    }

    @Test func headersAndPropertiesOfEveryTypeArriveAsTheyWereSent() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            try channel.declare(Queue("q"))
            var properties = MessageProperties.persistent(contentType: "application/json", messageID: "m-1")
            properties.contentEncoding = "gzip"
            properties.priority = 3
            properties.correlationID = "c-1"
            properties.replyTo = "replies"
            properties.expiration = "60000"
            properties.timestamp = 1_700_000_000
            properties.type = "reserve"
            properties.userID = "turnstile"
            properties.appID = "ingress"
            properties.headers = [
                "bool": true, "int8": .int8(-1), "uint8": .uint8(200), "int16": .int16(-300), "uint16": .uint16(60000),
                "int32": .int32(-70000), "uint32": .uint32(4_000_000_000), "int64": .int64(.min),
                "float": .float(1.5), "double": 2.25, "decimal": .decimal(scale: 2, value: 1999),
                "string": "Sektor Ä", "bytes": .bytes([0, 1, 255]), "timestamp": .timestamp(1_700_000_000),
                "array": ["a", 1, nil], "table": ["nested": ["deeper": false]], "null": nil, "empty": "",
                "emptyTable": [:], "emptyArray": [],
            ]
            let message = OutgoingMessage(routingKey: "q", properties: properties, body: [UInt8]("ä".utf8))
            try publish([message], on: connection)
            let received = try #require(try channel.get(queue: "q"))
            #expect(received.properties == properties)
            #expect(received.body == message.body)
            #expect(received.routingKey == "q")
            #expect(received.deliveryTag == 1)
        }
    }

    @Test func bodiesOfAnySizeArriveWhole() async throws {
        try await withConnection { connection in
            let channel = try connection.openChannel()
            try channel.declare(Queue("q"))
            let edge = connection.frameMax - 8
            let sizes = [0, 1, edge - 1, edge, edge + 1, 3 * edge, 3_000_000]
            let bodies = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) } }
            try publish(bodies.map { OutgoingMessage(routingKey: "q", body: $0) }, on: connection)
            for body in bodies { #expect(try channel.get(queue: "q")?.body == body) }
        }
    }
}
