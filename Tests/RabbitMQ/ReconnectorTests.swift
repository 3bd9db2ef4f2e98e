import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

@Suite struct ReconnectorTests {
    private final class Log: Sendable {
        let lines = Lock<[String]>([])
        private let changes = Changes()

        @Sendable func record(_ event: Reconnector.Event) {
            let line =
                switch event {
                case .connecting(let attempt): "connecting \(attempt)"
                case .failed(let attempt, let error, _): "failed \(attempt) \(error.code)"
                case .connected: "connected"
                case .lost(let error, _): "lost \(error.code)"
                }
            lines.withLock { $0.append(line) }
            changes.happened()
        }

        func wait(until condition: ([String]) -> Bool) -> Bool {
            changes.wait(for: .seconds(20)) { condition(lines.withLock { $0 }) }
        }
    }

    private let quick = Backoff(first: .milliseconds(10), limit: .milliseconds(50))

    @Test func tellsOfEachAttemptAndSetsEachConnectionUpAnew() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            let proxy = try FaultProxy(to: settings.port)
            settings.port = proxy.port
            proxy.refuse()
            let log = Log()
            let setUps = Lock(0)
            let keeper = try Reconnector(settings, backoff: quick, onEvent: log.record) {
                connection throws(RabbitMQError) in
                try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
                setUps.withLock { $0 += 1 }
            }
            #expect(log.wait { $0.contains("failed 2 unreachable") })
            proxy.forward()
            #expect(log.wait { $0.last == "connected" })
            #expect(keeper.connection != nil)
            proxy.cut(.reset)
            #expect(log.wait { $0.filter { $0 == "connected" }.count == 2 })
            #expect(setUps.withLock { $0 } == 2)
            keeper.stop()
            keeper.stop()
            let lines = log.lines.withLock { $0 }
            #expect(lines.prefix(3) == ["connecting 1", "failed 1 unreachable", "connecting 2"])
            #expect(lines.filter { $0.hasPrefix("lost") } == ["lost connection-lost"])
            #expect(lines.suffix(3) == ["lost connection-lost", "connecting 1", "connected"])
            #expect(keeper.connection == nil)
        }
    }

    @Test func aFailedSetUpIsAFailedAttempt() async throws {
        try await TestBroker.withVirtualHost { broker in
            let log = Log()
            let tries = Lock(0)
            let settings = try ConnectionSettings(url: broker.url)
            let keeper = try Reconnector(settings, backoff: quick, onEvent: log.record) {
                connection throws(RabbitMQError) in
                let count = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if count < 3 { _ = try connection.openChannel().status(ofQueue: "nowhere") }
            }
            #expect(log.wait { $0.last == "connected" })
            let lines = log.lines.withLock { $0 }
            #expect(
                lines == [
                    "connecting 1", "failed 1 not-found", "connecting 2", "failed 2 not-found", "connecting 3",
                    "connected",
                ])
            keeper.stop()
        }
    }

    @Test func stopEndsAWaitBetweenAttempts() async throws {
        try await onThread {
            let proxy = try FaultProxy(to: 1)
            proxy.refuse()
            var settings = ConnectionSettings()
            settings.port = proxy.port
            let log = Log()
            let slow = Backoff(first: .seconds(600), limit: .seconds(600))
            let keeper = try Reconnector(settings, backoff: slow, onEvent: log.record) { _ in }
            #expect(log.wait { $0.count == 2 })
            keeper.stop()
            // Refused at once, or taken and cut: under load a proxy cannot choose.
            let lines = log.lines.withLock { $0 }
            #expect(lines.count == 2 && lines[0] == "connecting 1" && lines[1].hasPrefix("failed 1 "))
        }
    }
}
