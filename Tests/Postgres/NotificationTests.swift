import Postgres
import Runtime
import TestSupport
import Testing

@Suite struct NotificationTests {
    private func withPair(
        _ body: @escaping @Sendable (_ listener: PostgresConnection, _ sender: PostgresConnection) throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let listener = try PostgresConnection.connect(database.settings)
            let sender = try PostgresConnection.connect(database.settings)
            defer {
                listener.close()
                sender.close()
            }
            try body(listener, sender)
        }
    }

    @Test func `a notification arrives with its payload and sender`() async throws {
        try await withPair { listener, sender in
            try listener.listen(to: "Changes; x")
            try sender.notify("Changes; x", "hello")
            let notification = try listener.waitForNotification(for: .seconds(10))
            #expect(
                notification
                    == PostgresNotification(channel: "Changes; x", payload: "hello", process: sender.backendProcess))
            try listener.stopListening(to: "Changes; x")
            try sender.notify("Changes; x", "again")
            try listener.ping()
            #expect(try listener.waitForNotification(for: .zero) == nil)
        }
    }

    @Test func `what arrives during other statements is kept in order`() async throws {
        try await withPair { listener, sender in
            try listener.listen(to: "c")
            for number in 1...3 { try sender.notify("c", "\(number)") }
            try listener.execute("SELECT 1")
            try listener.pipeline { $0.add("SELECT 1") }
            try sender.notify("c", "4")
            var payloads: [String] = []
            while payloads.count < 4, let next = try listener.waitForNotification(for: .seconds(10)) {
                payloads.append(next.payload)
            }
            #expect(payloads == ["1", "2", "3", "4"])
            #expect(listener.takeDroppedNotifications() == 0)
        }
    }

    @Test func `the wait ends when its time is over`() async throws {
        try await withPair { listener, _ in
            try listener.listen(to: "c")
            let start = SystemTime().monotonic
            #expect(try listener.waitForNotification(for: .milliseconds(50)) == nil)
            #expect(SystemTime().monotonic - start >= .milliseconds(50))
        }
    }

    @Test func `another thread ends the wait`() async throws {
        let interruptor = try PostgresInterruptor()
        let isWaiting = Latch()
        async let waited = TestDatabase.with { database in
            let listener = try PostgresConnection.connect(database.settings, interruptor: interruptor)
            defer { listener.close() }
            try listener.listen(to: "c")
            isWaiting.open()
            let notification = try listener.waitForNotification(for: .seconds(60))
            try listener.ping()
            return notification == nil
        }
        await isWaiting.waited()
        interruptor.interrupt()
        #expect(try await waited)
    }

    @Test func `an interrupted statement is cancelled and the connection stays good`() async throws {
        let interruptor = try PostgresInterruptor()
        let isRunning = Latch()
        async let ran: Void = TestDatabase.with { database in
            let connection = try PostgresConnection.connect(database.settings, interruptor: interruptor)
            defer { connection.close() }
            isRunning.open()
            let start = SystemTime().monotonic
            let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(60)") }
            #expect(error?.code == .interrupted)
            #expect(error?.isConnectionLost == false)
            #expect(SystemTime().monotonic - start < .seconds(20))
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
        }
        await isRunning.waited()
        interruptor.interrupt()
        try await ran
    }

    @Test func `an interruption that nobody waits for can be taken back`() throws {
        let interruptor = try PostgresInterruptor()
        interruptor.interrupt()
        interruptor.interrupt()
        #expect(interruptor.clear())
        #expect(!interruptor.clear())
    }
}
