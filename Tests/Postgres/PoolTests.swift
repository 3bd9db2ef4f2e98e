import Runtime
import TestSupport
import Testing

@testable import Postgres

@Suite struct PoolTests {
    private func options(size: Int) -> PostgresPool.Options {
        var options = PostgresPool.Options()
        options.size = size
        return options
    }

    @Test func `many threads share a few connections`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 3))
            let backends = Lock<Set<Int32>>([])
            let failures = Lock<[String]>([])
            let threads = try (0..<12).map { number in
                try OwnedThread(name: "user-\(number)") {
                    for _ in 0..<20 {
                        do {
                            try pool.withConnection { connection in
                                _ = backends.withLock { $0.insert(connection.backendProcess) }
                                try connection.execute("SELECT 1")
                            }
                        } catch {
                            failures.withLock { $0.append("\(error)") }
                        }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(failures.withLock { $0 } == [])
            #expect(backends.withLock { $0.count } <= 3)
            #expect(pool.statistics.open <= 3)
            #expect(pool.close())
            let error = #expect(throws: PostgresError.self) { try pool.withConnection { _ in } }
            #expect(error?.code == .poolClosed)
        }
    }

    @Test func `a caller waits no longer than it asked`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 1))
            try pool.withConnection { _ in
                let start = SystemTime().monotonic
                let error = #expect(throws: PostgresError.self) {
                    try pool.withConnection(timeout: .milliseconds(50)) { _ in }
                }
                #expect(error?.code == .poolTimedOut)
                #expect(SystemTime().monotonic - start >= .milliseconds(50))
            }
            #expect(pool.close())
        }
    }

    @Test func `a terminated connection is replaced before anybody notices`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 1))
            let killer = try PostgresConnection.connect(database.settings)
            defer { killer.close() }
            let first = try pool.withConnection { $0.backendProcess }
            try killer.execute("SELECT pg_terminate_backend($1, 10000)", first)
            let second = try pool.withConnection { connection in
                try connection.execute("SELECT 1")
                return connection.backendProcess
            }
            #expect(first != second)
            // Broken in use: the user learns it, the next one gets another.
            let error = #expect(throws: PostgresError.self) {
                try pool.withConnection { connection in
                    try killer.execute("SELECT pg_terminate_backend($1, 10000)", connection.backendProcess)
                    try connection.execute("SELECT 1")
                }
            }
            #expect(error?.isConnectionLost == true)
            #expect(error?.sqlState == .adminShutdown)
            try pool.withConnection { try $0.ping() }
            #expect(pool.close())
        }
    }

    @Test func `a connection in a transaction or listening does not go back`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 1))
            let first = try pool.withConnection { connection in
                try connection.run(script: "BEGIN")
                return connection.backendProcess
            }
            let second = try pool.withConnection { connection in
                #expect(connection.backendProcess != first)
                try connection.listen(to: "c")
                return connection.backendProcess
            }
            try pool.withConnection { #expect($0.backendProcess != second) }
            #expect(pool.close())
        }
    }

    @Test func `an idle connection is closed when its time is over`() async throws {
        try await TestDatabase.with { database in
            var options = options(size: 2)
            options.idleTimeout = .milliseconds(30)
            let pool = try PostgresPool(database.settings, options: options)
            try pool.withConnection { try $0.ping() }
            while pool.statistics.open > 0 {}
            try pool.withConnection { try $0.ping() }
            #expect(pool.close())
        }
    }

    @Test func `each new connection is prepared`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 1)) { connection in
                try connection.run(script: "SET search_path TO somewhere")
            }
            let path = try pool.withConnection { try $0.query("SHOW search_path").one().get(0, as: String.self) }
            #expect(path == "somewhere")
            #expect(pool.close())
        }
    }

    @Test func `closing interrupts what does not come back in time`() async throws {
        try await TestDatabase.with { database in
            let pool = try PostgresPool(database.settings, options: options(size: 1))
            let isRunning = Latch()
            let code = Lock<PostgresError.Code?>(nil)
            let thread = try OwnedThread(name: "slow") {
                do {
                    try pool.withConnection { connection in
                        isRunning.open()
                        try connection.execute("SELECT pg_sleep(60)")
                    }
                } catch {
                    code.withLock { $0 = (error as? PostgresError)?.code }
                }
            }
            isRunning.wait()
            #expect(!pool.close(grace: .milliseconds(20)))
            thread.join()
            #expect(code.withLock { $0 } == .interrupted)
        }
    }
}
