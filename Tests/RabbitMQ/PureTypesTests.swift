internal import Runtime
import Testing

@testable import RabbitMQ

@Suite struct HeartbeatMonitorTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func sendsAfterHalfAnIntervalOfSilence() {
        var monitor = HeartbeatMonitor(interval: .seconds(4), now: at(0))
        #expect(monitor.deadline == at(2000))
        #expect(monitor.check(at: at(1999)) == .none)
        #expect(monitor.check(at: at(2000)) == .send)
        monitor.sent(at: at(2000))
        #expect(monitor.check(at: at(2001)) == .none)
        #expect(monitor.deadline == at(4000))
    }

    @Test func givesThePeerUpAfterTwoIntervalsOfSilence() {
        var monitor = HeartbeatMonitor(interval: .seconds(4), now: at(0))
        monitor.sent(at: at(7000))
        #expect(monitor.check(at: at(7999)) == .none)
        #expect(monitor.check(at: at(8000)) == .giveUp)
        monitor.received(at: at(7500))
        #expect(monitor.check(at: at(8000)) == .none)
    }
}

@Suite struct ChannelTableTests {
    @Test func numbersAreUsedAgainOnlyAfterTheBrokerLetGo() throws {
        var table = ChannelTable(limit: 2)
        func open() -> ChannelID? { table.open() }
        let first = try #require(open())
        let second = try #require(open())
        #expect(open() == nil)
        table.beginClosing(first)
        #expect(!table.isOpen(first))
        #expect(table.isOpen(second))
        #expect(open() == nil)
        table.release(first)
        let again = try #require(open())
        #expect(again.number == first.number)
        #expect(table.isOpen(again))
        #expect(!table.isOpen(first))
        table.beginClosing(first)
        table.release(first)
        #expect(table.isOpen(again))
    }
}

@Suite struct BackoffTests {
    @Test func waitsTwiceAsLongUpToTheLimitAndBeginsAnew() {
        var backoff = Backoff(first: .milliseconds(100), limit: .milliseconds(500), jitter: 0)
        var generator = SplitMix(state: 1)
        let waits = (0..<5).map { _ in backoff.next(using: &generator) }
        #expect(waits == [100, 200, 400, 500, 500].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next(using: &generator) == .milliseconds(100))
    }

    @Test func jitterShortensAWaitByItsPartAtMost() {
        var backoff = Backoff(first: .seconds(1), limit: .seconds(1), jitter: 0.5)
        var generator = SplitMix(state: 2)
        let waits = (0..<1000).map { _ in backoff.next(using: &generator) }
        #expect(waits.allSatisfy { $0 >= .milliseconds(500) && $0 <= .seconds(1) })
        #expect(Set(waits).count > 900)
    }
}

@Suite struct FingerprintTests {
    @Test func differsForWhatDiffers() {
        func digest(_ parts: String...) -> Fingerprint {
            var fingerprint = Fingerprint()
            for part in parts { fingerprint.add(part) }
            return fingerprint
        }
        #expect(digest("abc") == digest("abc"))
        #expect(digest("abc") != digest("abd"))
        #expect(digest("ab", "c") != digest("a", "bc"))
        #expect(digest("") != digest())
        #expect(digest("a") != digest("a\0"))
        #expect(digest("12345678") != digest("12345678", ""))
    }
}

@Suite struct ConnectionSettingsTests {
    @Test func readsAURL() throws {
        let settings = try ConnectionSettings(url: "amqp://us%40er:p%2Fw:x@broker.example:1234/v%2Fh")
        #expect(settings.user == "us@er")
        #expect(settings.password == "p/w:x")
        #expect(settings.host == "broker.example")
        #expect(settings.port == 1234)
        #expect(settings.virtualHost == "v/h")
    }

    @Test func whatIsLeftOutKeepsItsDefault() throws {
        let settings = try ConnectionSettings(url: "amqp://[::1]")
        #expect(settings.host == "::1")
        #expect(settings.port == 5672)
        #expect(settings.user == "guest")
        #expect(settings.virtualHost == "/")
        #expect(try ConnectionSettings(url: "amqp://h/").virtualHost == "")
    }

    @Test(arguments: [
        "http://h", "amqps://h", "amqp://h:0", "amqp://h:99999", "amqp://h:x", "amqp://h/a/b", "amqp://h/%zz",
        "amqp://h/%2", "amqp://h/%ff", "amqp://[::1", "amqp://[::1]x", "amqp://h?heartbeat=5", "amqp://:5672",
    ])
    func refusesWhatIsNoURL(_ url: String) {
        let error = #expect(throws: RabbitMQError.self) { try ConnectionSettings(url: url) }
        #expect(error?.code == .invalidSettings)
    }

    @Test func neverShowsThePassword() throws {
        let settings = try ConnectionSettings(url: "amqp://user:secret@h/v")
        struct Holder { let settings: ConnectionSettings }
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), "\(Holder(settings: settings))", dumped] {
            #expect(!text.contains("secret"))
        }
        let error = #expect(throws: RabbitMQError.self) { try ConnectionSettings(url: "amqp://u:secret@h:port") }
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }

    @Test func namesWhatCannotWork() {
        func refusal(_ change: (inout ConnectionSettings) -> Void) -> String {
            var settings = ConnectionSettings()
            change(&settings)
            do throws(RabbitMQError) {
                try settings.validate()
                return ""
            } catch {
                return error.reason
            }
        }
        #expect(refusal { _ in } == "")
        #expect(refusal { $0.heartbeat = .zero }.contains("heartbeat"))
        #expect(refusal { $0.host = "" }.contains("host"))
        #expect(refusal { $0.port = 0 }.contains("port"))
        #expect(refusal { $0.frameMax = 100 }.contains("frame"))
        #expect(refusal { $0.connectTimeout = .zero }.contains("connect timeout"))
        #expect(refusal { $0.replyTimeout = .zero }.contains("reply timeout"))
        #expect(refusal { $0.channelMax = 0 }.contains("channels"))
        #expect(refusal { $0.user = "a\0b" }.contains("zero byte"))
        #expect(refusal { $0.virtualHost = String(repeating: "v", count: 256) }.contains("virtual host"))
    }
}

@Suite struct FieldTableTests {
    @Test func aLaterEntryReplacesAnEarlierOne() {
        var table: FieldTable = ["a": 1, "b": "x", "a": 2]
        #expect(table.entries.map(\.name) == ["a", "b"])
        #expect(table["a"]?.integer == 2)
        table["b"] = nil
        #expect(table["b"] == nil)
        #expect(table["c"] == nil)
    }

    @Test func propertiesAreValues() {
        let first = MessageProperties.persistent(contentType: "text/plain")
        var second = first
        second.messageID = "m"
        #expect(first.messageID == nil)
        #expect(second.contentType == "text/plain")
        #expect(second.isPersistent)
        #expect(first != second)
    }
}
