import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

@Suite struct PublisherTests {
    private func withConnection(
        queues: [Queue] = [.quorum("q")], _ body: @escaping @Sendable (Connection) throws -> Void
    ) async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(to: broker.url)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                for queue in queues { try channel.declare(queue) }
            }
            try body(connection)
        }
    }

    @Test func confirmsWhatItPublishedAndAConsumerGetsIt() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            try publisher.publish((1...500).map { text("m\($0)", to: "q", tag: $0) }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.confirmed.sorted() == (1...500).map { $0 })
            #expect(sink.now.failed.isEmpty)

            let deliveries = DeliveryRecorder()
            let consumer = try connection.consume("q", prefetch: 1000, sink: deliveries)
            #expect(deliveries.wait { $0.deliveries.count == 500 })
            #expect(deliveries.now.bodies == (1...500).map { "m\($0)" })
            consumer.acknowledge(through: 500)
            try consumer.close()
            #expect(deliveries.now.ended.count == 1)
            let left = try connection.withChannel { channel throws(RabbitMQError) in try channel.status(ofQueue: "q") }
            #expect(left.messages == 0)
        }
    }

    @Test func unroutableMessagesFailAndTheirNeighboursAreConfirmed() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            try publisher.publish(
                (1...300).map { text("m\($0)", to: $0 % 3 == 0 ? "nowhere" : "q", tag: $0) }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.failed.map(\.tag).sorted() == (1...300).filter { $0 % 3 == 0 })
            #expect(sink.now.failed.allSatisfy { $0.reason == .returned(replyCode: 312, text: "NO_ROUTE") })
            #expect(sink.now.confirmed.sorted() == (1...300).filter { $0 % 3 != 0 })
        }
    }

    @Test func aReturnIsMatchedEvenWhenRouteAndPropertiesAreTheSame() async throws {
        try await withConnection(queues: [.quorum("q"), Queue("side")]) { connection in
            let channel = try connection.openChannel()
            try channel.declare(Exchange("x", kind: .headers))
            try channel.bind(queue: "q", to: "x", arguments: ["x-match": "all", "go": true])
            func message(_ tag: UInt64, go: Bool, body: String) -> OutgoingMessage {
                var properties = MessageProperties.persistent()
                properties.headers = ["go": .bool(go)]
                return OutgoingMessage(
                    exchange: "x", routingKey: "k", properties: properties, body: Array(body.utf8), tag: tag)
            }
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            try publisher.publish((1...100).map { message($0, go: $0 != 57, body: "same") }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.failed.map(\.tag) == [57])
        }
    }

    @Test func withoutMandatoryAnUnroutableMessageIsConfirmed() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            var message = text("m", to: "nowhere", tag: 1)
            message.isMandatory = false
            #expect(try publisher.publish(message))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.confirmed == [1])
        }
    }

    @Test func aFullQueueThatRejectsMakesTheMessageFail() async throws {
        try await withConnection(queues: [.quorum("q", maxLength: 1, overflow: .rejectPublish)]) { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            for tag in 1...20 {
                #expect(try publisher.publish(text("m", to: "q", tag: UInt64(tag))))
                #expect(publisher.waitUntilReported(within: .seconds(20)))
            }
            // A quorum queue lets a few more in than its limit says.
            #expect(sink.now.failed.last == PublishFailure(tag: 20, reason: .rejected))
            #expect(sink.now.failed.count + sink.now.confirmed.count == 20)
        }
    }

    @Test func aFullWindowTakesNoMoreUntilConfirmsCome() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(window: 10, sink: sink)
            let taken = try publisher.publish((1...100).map { text("m", to: "q", tag: $0) })
            #expect(taken == 10)
            #expect(publisher.waitForRoom(.seconds(20)))
            try publisher.publish((11...100).map { text("m", to: "q", tag: $0) }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.confirmed.sorted() == (1...100).map { $0 })
            #expect(publisher.room == 10)
            #expect(publisher.unconfirmed == 0)
        }
    }

    @Test func aFullSendBufferTakesNoMore() async throws {
        try await TestBroker.withVirtualHost { broker in
            let settings = try ConnectionSettings(url: broker.url)
            let proxy = try FaultProxy(to: settings.port)
            var proxied = settings
            proxied.port = proxy.port
            proxied.sendBufferBytes = 1_000_000
            proxied.heartbeat = .seconds(60)
            let connection = try Connection.open(proxied)
            defer { connection.abort() }
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(window: 1_000_000, confirmTimeout: .seconds(60), sink: sink)
            proxy.stopReadingClients()
            var taken = 0
            let message = OutgoingMessage(routingKey: "q", body: [UInt8](repeating: 1, count: 100_000))
            // The socket's own buffers hold some more than the send buffer, and take it bit by bit.
            let full = #expect(throws: RabbitMQError.self) {
                while taken < 1000 {
                    try publisher.publish([message], within: .milliseconds(300))
                    taken += 1
                }
            }
            #expect(full?.code == .timeout)
            #expect(taken >= 9)
            #expect(try !publisher.publish(message))
            proxy.forward()
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.failed.count >= taken)
        }
    }

    @Test func aSilentBrokerMakesMessagesUnconfirmedInTime() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            let proxy = try FaultProxy(to: settings.port)
            settings.port = proxy.port
            settings.heartbeat = .seconds(60)
            let connection = try Connection.open(settings)
            defer { connection.abort() }
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(window: 5, confirmTimeout: .milliseconds(200), sink: sink)
            proxy.freeze()
            #expect(try publisher.publish((1...3).map { text("m", to: "nowhere", tag: $0) }) == 3)
            #expect(publisher.waitUntilReported(within: .seconds(10)))
            #expect(sink.now.failed == (1...3).map { PublishFailure(tag: $0, reason: .unconfirmed) })
            #expect(publisher.room == 2)
            proxy.forward()
            // The late confirms free their places without a second report.
            #expect(publisher.waitForRoom(.seconds(10)))
            let channel = try connection.openChannel()
            #expect(throws: RabbitMQError.self) { try channel.status(ofQueue: "nowhere") }
            #expect(sink.now.failed.count == 3)
            #expect(sink.now.confirmed.isEmpty)
        }
    }

    @Test func closingReportsWhatIsUnconfirmedAsLostAndThenTheEnd() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            let proxy = try FaultProxy(to: settings.port)
            settings.port = proxy.port
            settings.replyTimeout = .milliseconds(200)
            let connection = try Connection.open(settings)
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            proxy.freeze()
            #expect(try publisher.publish(text("m", to: "q", tag: 1)))
            connection.close()
            #expect(sink.now.failed.map(\.tag) == [1])
            #expect(sink.now.failed.first?.outcomeIsUnknown == true)
            #expect(sink.now.ended.map(\.code) == [.closed])
            let late = #expect(throws: RabbitMQError.self) { try publisher.publish(text("m", to: "q")) }
            #expect(late?.code == .closed)
        }
    }

    @Test func whatTheBrokerRefusesCostsTheChannelAndIsReported() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            #expect(try publisher.publish(OutgoingMessage(exchange: "nowhere", routingKey: "k", body: [], tag: 9)))
            #expect(sink.wait { !$0.ended.isEmpty })
            #expect(sink.now.ended.map(\.code) == [.notFound])
            #expect(sink.now.failed.map(\.tag) == [9])
            guard case .lost(let error) = sink.now.failed.first?.reason else {
                Issue.record("\(sink.now.failed)")
                return
            }
            #expect(error.replyCode == 404)
            let late = #expect(throws: RabbitMQError.self) { try publisher.publish(text("m", to: "q")) }
            #expect(late?.code == .notFound)
            #expect(connection.ending == nil)
        }
    }

    @Test func messagesThatCannotBeSentAreRefusedAndNoneOfThemIsTaken() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            func refusal(_ change: (inout OutgoingMessage) -> Void) -> RabbitMQError.Code? {
                var bad = text("bad", to: "q", tag: 2)
                change(&bad)
                do throws(RabbitMQError) {
                    _ = try publisher.publish([text("good", to: "q", tag: 1), bad])
                    return nil
                } catch {
                    return error.code
                }
            }
            let long = String(repeating: "x", count: 256)
            #expect(refusal { $0.routingKey = long } == .invalidArgument)
            #expect(refusal { $0.exchange = long } == .invalidArgument)
            #expect(refusal { $0.properties.messageID = long } == .invalidArgument)
            #expect(refusal { $0.properties.headers = [long: 1] } == .invalidArgument)
            let huge = FieldValue.bytes([UInt8](repeating: 0, count: 140_000))
            #expect(refusal { $0.properties.headers = ["h": huge] } == .frameTooLarge)
            #expect(publisher.unconfirmed == 0)
            let large = FieldValue.bytes([UInt8](repeating: 0, count: 100_000))
            #expect(refusal { $0.properties.headers = ["h": large] } == nil)
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.confirmed.sorted() == [1, 2])
        }
    }

    @Test func theSinkMayPublishWithinItsReport() async throws {
        final class Chain: PublishSink {
            let confirmed = Lock<[UInt64]>([])
            let done = Latch()
            func published(_ results: PublishResults, by publisher: Publisher) {
                let last = confirmed.withLock { confirmed in
                    confirmed += results.confirmed
                    return confirmed.last ?? 0
                }
                if last == 100 { return done.open() }
                if (try? publisher.publish(text("m", to: "q", tag: last + 1))) != true { Issue.record("not taken") }
            }
            func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
        }
        try await withConnection { connection in
            let chain = Chain()
            let publisher = try connection.openPublisher(window: 1, sink: chain)
            #expect(try publisher.publish(text("m", to: "q", tag: 1)))
            #expect(chain.done.wait(for: .seconds(20)))
            #expect(chain.confirmed.withLock { $0 } == (1...100).map { $0 })
        }
    }

    @Test func manyThreadsPublishAndEachMessageIsReportedOnce() async throws {
        try await withConnection { connection in
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(window: 100, sink: sink)
            let failures = Lock<[RabbitMQError]>([])
            let threads = try (0..<6).map { part in
                try OwnedThread(name: "publisher \(part)") {
                    do throws(RabbitMQError) {
                        for batch in 0..<20 {
                            let first = UInt64(part * 500 + batch * 25)
                            try publisher.publish(
                                (0..<25).map { text("m", to: "q", tag: first + $0) }, within: .seconds(20))
                        }
                    } catch {
                        failures.withLock { $0.append(error) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(failures.withLock { $0 } == [])
            #expect(sink.now.confirmed.sorted() == (0..<3000).map { UInt64($0) })
            #expect(sink.now.failed.isEmpty)
        }
    }
}
