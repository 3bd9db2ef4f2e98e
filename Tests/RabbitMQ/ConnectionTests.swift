internal import Glibc
import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

@Suite struct ConnectionTests {
    private func settings(_ broker: TestBroker) throws -> ConnectionSettings {
        var settings = try ConnectionSettings(url: broker.url)
        settings.name = "connection test"
        return settings
    }

    private func openingFails(_ settings: ConnectionSettings) -> RabbitMQError? {
        do throws(RabbitMQError) {
            try Connection.open(settings) { _ in Issue.record("an event of a connection that never was") }.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func aWrongPasswordIsRefusedWithTheBrokersWords() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try settings(broker)
            settings.password = "wrong horse"
            let error = try #require(openingFails(settings))
            #expect(error.code == .accessRefused)
            #expect(error.replyCode == 403)
            #expect(error.reason.contains("ACCESS_REFUSED"))
            #expect(!error.description.contains("wrong horse"))
        }
    }

    @Test func aMissingVirtualHostIsRefused() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try settings(broker)
            settings.virtualHost = "no-such-host"
            let error = try #require(openingFails(settings))
            #expect(error.code == .notAllowed)
            #expect(error.replyCode == 530)
            #expect(error.reason.contains("no-such-host"))
        }
    }

    @Test func anUnreachableBrokerIsNamed() async throws {
        try await onThread {
            let proxy = try FaultProxy(to: 1)
            proxy.refuse()
            var settings = ConnectionSettings()
            settings.port = proxy.port
            let error = try #require(openingFails(settings))
            #expect(error.code == .unreachable)
            #expect(error.description.contains("127.0.0.1:\(proxy.port)"))
            #expect(error.reason.contains("refused"))
            settings.host = "no-such-host.invalid"
            #expect(openingFails(settings)?.code == .unreachable)
        }
    }

    @Test func aSilentBrokerIsGivenUpWithinTheConnectTimeout() async throws {
        try await onThread {
            let silent = try SilentServer()
            defer { silent.close() }
            var settings = ConnectionSettings()
            settings.port = silent.port
            settings.connectTimeout = .milliseconds(300)
            let began = SystemTime().monotonic
            let error = try #require(openingFails(settings))
            #expect(error.code == .timeout)
            let took = SystemTime().monotonic - began
            #expect(took >= .milliseconds(290) && took < .seconds(5))
        }
    }

    @Test func aServerThatIsNoBrokerIsAnError() async throws {
        try await onThread {
            let server = try SilentServer(saying: "HTTP/1.1 400 Bad Request\r\n\r\n")
            defer { server.close() }
            var settings = ConnectionSettings()
            settings.port = server.port
            settings.connectTimeout = .seconds(2)
            let error = try #require(openingFails(settings))
            #expect([.protocolViolation, .connectionLost, .timeout].contains(error.code))
        }
    }

    @Test func itsNameAndCapabilitiesAreShownToTheBroker() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try settings(broker)
            settings.name = "ingress 7"
            settings.heartbeat = .seconds(17)
            settings.frameMax = 8192
            settings.channelMax = 50
            let connection = try Connection.open(settings)
            defer { connection.close() }
            #expect(connection.frameMax == 8192)
            let facts = ["ingress 7", #""connection.blocked":true"#, #""timeout":17"#, #""channel_max":50"#]
            // The management plugin gathers its facts every few seconds, and not all at once.
            let deadline = SystemTime().monotonic + .seconds(30)
            var shown = ""
            while !facts.allSatisfy({ shown.contains($0) }), SystemTime().monotonic < deadline {
                shown = try broker.manage("GET", "/api/vhosts/{vhost}/connections")
                usleep(100_000)
            }
            for fact in facts { #expect(shown.contains(fact), "\(shown)") }
        }
    }

    @Test func aCleanCloseEndsChannelsOnceAndRefusesWhatComesLater() async throws {
        try await TestBroker.withVirtualHost { broker in
            let events = EventRecorder()
            let connection = try Connection.open(try settings(broker), onEvent: events.record)
            let ends = Lock<[RabbitMQError]>([])
            let channel = try connection.openChannel { error in ends.withLock { $0.append(error) } }
            connection.close()
            connection.close()
            connection.abort()
            #expect(events.closings.map(\.code) == [.closed])
            #expect(ends.withLock { $0.map(\.code) } == [.closed])
            #expect(channel.ending?.code == .closed)
            #expect(connection.ending?.code == .closed)
            let late = #expect(throws: RabbitMQError.self) { try channel.declare(Queue("q")) }
            #expect(late?.code == .closed)
            let open = #expect(throws: RabbitMQError.self) { try connection.openChannel() }
            #expect(open?.code == .closed)
            #expect(throws: Never.self) { try channel.close() }
        }
    }

    @Test func anAbortEndsTheConnectionWithoutAsking() async throws {
        try await TestBroker.withVirtualHost { broker in
            let events = EventRecorder()
            let connection = try Connection.open(try settings(broker), onEvent: events.record)
            connection.abort()
            #expect(events.closings.map(\.code) == [.closed])
        }
    }

    @Test func droppingTheLastReferenceClosesTheConnection() async throws {
        try await TestBroker.withVirtualHost { broker in
            let events = EventRecorder()
            _ = try Connection.open(try settings(broker), onEvent: events.record)
            #expect(events.wait { !$0.isEmpty })
            #expect(events.closings.map(\.code) == [.closed])
        }
    }

    @Test func anOperatorsCloseIsReportedWithCodeAndText() async throws {
        try await TestBroker.withVirtualHost { broker in
            let events = EventRecorder()
            let connection = try Connection.open(try settings(broker), onEvent: events.record)
            let ends = Lock<[RabbitMQError]>([])
            let channel = try connection.openChannel { error in ends.withLock { $0.append(error) } }
            // Deleting the virtual host ends its connections; the test's own deletion is then one of nothing.
            _ = try broker.manage("DELETE", "/api/vhosts/{vhost}")
            _ = try broker.manage("PUT", "/api/vhosts/{vhost}", body: "{}")
            #expect(events.wait { !$0.isEmpty })
            let error = try #require(events.closings.first)
            #expect(error.code == .connectionClosed)
            #expect(error.replyCode == 320)
            #expect(error.reason.contains("CONNECTION_FORCED"))
            #expect(ends.withLock { $0 } == [error])
            let late = #expect(throws: RabbitMQError.self) { try channel.declare(Queue("q")) }
            #expect(late?.replyCode == 320)
        }
    }

    @Test func channelNumbersAreBoundedAndUsedAgain() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try settings(broker)
            settings.channelMax = 3
            let connection = try Connection.open(settings)
            defer { connection.close() }
            let channels = try (0..<3).map { _ in try connection.openChannel() }
            let error = #expect(throws: RabbitMQError.self) { try connection.openChannel() }
            #expect(error?.code == .outOfChannels)
            for channel in channels { try channel.close() }
            for _ in 0..<20 {
                try connection.withChannel { channel throws(RabbitMQError) in
                    _ = try channel.declare(.exclusive())
                }
            }
        }
    }

    @Test func manyThreadsShareOneConnection() async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(try settings(broker))
            defer { connection.close() }
            let failures = Lock<[RabbitMQError]>([])
            let threads = try (0..<8).map { number in
                try OwnedThread(name: "user \(number)") {
                    do throws(RabbitMQError) {
                        for round in 0..<20 {
                            try connection.withChannel { channel throws(RabbitMQError) in
                                let queue = "q-\(number)-\(round)"
                                let status = try channel.declare(Queue(queue))
                                precondition(status.name == queue, "another thread's answer")
                                try channel.delete(queue: queue)
                            }
                        }
                    } catch {
                        failures.withLock { $0.append(error) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(failures.withLock { $0 } == [])
        }
    }
}
