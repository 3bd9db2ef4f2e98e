import Glibc
import Postgres
import Runtime
import TestSupport
import Testing

/// Kills, stops and cuts real servers under connections that are in use.
@Suite(.serialized) struct PostgresFaults {
    @Test(arguments: PostgresHarm.allCases)
    func `each kind of work ends with a typed error in time`(harm: PostgresHarm) async throws {
        try await onThread {
            let patient = try PostgresPatient()
            _ = try patient.suffer(harm, during: .statement)
            let before = try ProcessResources()
            for work in PostgresWork.allCases {
                let outcome = try patient.suffer(harm, during: work)
                let error = try #require(outcome.error, "\(work) under \(harm) must fail")
                #expect(error.isConnectionLost, "\(work) under \(harm): \(error)")
                #expect(
                    outcome.delay < PostgresPatient.patience + .seconds(3), "\(work) under \(harm): \(outcome.delay)")
                let (code, retryable) = Self.expected(harm, work)
                #expect(error.code == code, "\(work) under \(harm): \(error)")
                #expect(error.isRetryable == retryable, "\(work) under \(harm): \(error)")
                if harm == .terminate { #expect(error.sqlState == .adminShutdown, "\(work): \(error)") }
            }
            try before.expectSame()
        }
    }

    private static func expected(_ harm: PostgresHarm, _ work: PostgresWork) -> (PostgresError.Code, retry: Bool) {
        let lost: PostgresError.Code = harm == .freeze ? .responseTimedOut : .connectionLost
        switch work {
        case .commit, .pipelinedCommit: return (.commitOutcomeUnknown, false)
        // The farewell stands in the place of a statement before the commit: there was none.
        case .pipeline, .transactionPipeline:
            return harm == .terminate ? (.connectionLost, true) : (.commitOutcomeUnknown, false)
        case .transaction: return (lost, true)
        case .statement, .streaming, .copy, .listening, .idle: return (lost, false)
        }
    }

    @Test func `an interrupted statement on a frozen server is given up in time`() async throws {
        try await onThread {
            let patient = try PostgresPatient()
            let interruptor = try PostgresInterruptor()
            var settings = patient.settings
            settings.responseTimeout = .seconds(60)
            let isRunning = Latch()
            let code = Lock<PostgresError?>(nil)
            let thread = try OwnedThread(name: "worker") { [settings] in
                do {
                    let connection = try PostgresConnection.connect(settings, interruptor: interruptor)
                    isRunning.open()
                    try connection.execute("SELECT pg_sleep(60)")
                } catch {
                    code.withLock { $0 = error as? PostgresError }
                }
                isRunning.open()
            }
            isRunning.wait()
            patient.server.freeze()
            let start = SystemTime().monotonic
            interruptor.interrupt()
            thread.join()
            patient.server.thaw()
            #expect(SystemTime().monotonic - start < settings.cancelTimeout + .seconds(3))
            let error = code.withLock { $0 }
            #expect(error?.code == .interrupted)
            #expect(error?.isConnectionLost == true)
        }
    }

    @Test func `a host that listens and never answers is passed over in time`() async throws {
        try await onThread {
            let server = try PrivatePostgres()
            let silent = try SilentListener()
            defer { silent.close() }
            let before = try ProcessResources()
            var settings = server.settings
            settings.connectTimeout = .milliseconds(200)
            settings.hosts = [.init("127.0.0.1", port: silent.port)]
            let start = SystemTime().monotonic
            let error = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(error?.code == .connectTimedOut)
            #expect(error?.isRetryable == true)
            #expect(SystemTime().monotonic - start < .seconds(3))
            settings.hosts += server.settings.hosts
            settings.connectTimeout = .seconds(1)
            #expect(try PostgresConnection.connect(settings).host == server.settings.hosts[0])
            try before.expectSame()
        }
    }

    @Test func `refusals to connect are told apart and free everything`() async throws {
        try await onThread {
            let server = try PrivatePostgres(
                access: "host all turnstile 127.0.0.1/32 trust\nhost all guarded 127.0.0.1/32 scram-sha-256\n")
            let setup = try PostgresConnection.connect(server.settings)
            try setup.run(script: "CREATE ROLE guarded LOGIN PASSWORD 'open sesame'")
            setup.close()
            let before = try ProcessResources()

            var settings = server.settings
            settings.user = "guarded"
            settings.password = "open sesame"
            try PostgresConnection.connect(settings).close()
            settings.password = "hunter2"
            let password = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(password?.code == .refusedByServer)
            #expect(password?.sqlState == .invalidPassword)
            #expect(password?.isRetryable == false)
            #expect(password.map { "\($0)" }?.contains("hunter2") == false)
            settings.password = nil
            let missing = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(missing?.code == .connectFailed)
            #expect(missing?.message.contains("no password supplied") == true)

            settings = server.settings
            settings.database = "nowhere"
            let database = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(database?.sqlState == .undefinedDatabase)
            #expect(
                database?.message.contains("“nowhere”") == true || database?.message.contains("\"nowhere\"") == true)

            settings = server.settings
            settings.user = "stranger"
            let role = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(role?.sqlState == .invalidAuthorization)

            settings.hosts = [.init("127.0.0.1", port: 1), .init("no-such-host.invalid")]
            let unreachable = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(unreachable?.code == .connectFailed)
            #expect(unreachable?.message.contains("127.0.0.1:1: ") == true)
            #expect(unreachable?.message.contains("no-such-host.invalid:5432: ") == true)
            #expect(unreachable?.isRetryable == true)

            try before.expectSame()
        }
    }

    @Test func `a read-only server is passed over by those who write`() async throws {
        try await onThread {
            let replica = try PrivatePostgres(configuration: ["default_transaction_read_only=on"])
            let primary = try PrivatePostgres()
            var settings = primary.settings
            settings.hosts = replica.settings.hosts + primary.settings.hosts
            let any = try PostgresConnection.connect(settings)
            #expect(any.host == replica.settings.hosts[0])
            any.close()
            settings.targetSession = .readWrite
            let writer = try PostgresConnection.connect(settings)
            #expect(writer.host == primary.settings.hosts[0])
            writer.close()
            settings.hosts = replica.settings.hosts
            let error = #expect(throws: PostgresError.self) { try PostgresConnection.connect(settings) }
            #expect(error?.code == .wrongSession)
        }
    }

    @Test func `a pool fails fast while the server is away and recovers when it is back`() async throws {
        try await onThread {
            let patient = try PostgresPatient()
            let before = try ProcessResources()
            var options = PostgresPool.Options()
            options.size = 4
            options.firstBackoff = .seconds(30)
            options.maximumBackoff = .seconds(30)
            // Shorter than the backoff: the next attempt comes too late for a caller, who is told so at once.
            options.acquireTimeout = .seconds(10)
            let wait = options.acquireTimeout
            let impatient = try PostgresPool(patient.settings, options: options)
            options.firstBackoff = .milliseconds(5)
            options.maximumBackoff = .milliseconds(20)
            let eager = try PostgresPool(patient.settings, options: options)
            for pool in [impatient, eager] { try pool.withConnection { try $0.ping() } }
            patient.server.crash()

            // The first one finds out by trying; the second one is told so.
            let tried = #expect(throws: PostgresError.self) { try impatient.withConnection { try $0.ping() } }
            #expect(tried?.code == .connectFailed)
            let start = SystemTime().monotonic
            let told = #expect(throws: PostgresError.self) { try impatient.withConnection { try $0.ping() } }
            #expect(told?.code == .serverUnavailable)
            #expect(told?.isRetryable == true)
            #expect(SystemTime().monotonic - start < wait)
            let waited = #expect(throws: PostgresError.self) {
                try eager.withConnection(timeout: .milliseconds(100)) { try $0.ping() }
            }
            #expect(waited?.code == .connectFailed || waited?.code == .serverUnavailable)

            try patient.server.start()
            while true {
                do {
                    try eager.withConnection { try $0.ping() }
                    break
                } catch let error as PostgresError where error.isRetryable {}
            }
            #expect(impatient.close() && eager.close())
            try before.expectSame()
        }
    }

    @Test func `a frozen server costs a pool's callers no more than they allow`() async throws {
        try await onThread {
            let patient = try PostgresPatient()
            var options = PostgresPool.Options()
            options.size = 2
            let pool = try PostgresPool(patient.settings, options: options)
            try pool.withConnection { try $0.ping() }
            patient.server.freeze()
            let start = SystemTime().monotonic
            let silent = #expect(throws: PostgresError.self) { try pool.withConnection { try $0.ping() } }
            #expect(silent?.code == .responseTimedOut)
            let connecting = #expect(throws: PostgresError.self) { try pool.withConnection { try $0.ping() } }
            #expect(connecting?.code == .connectTimedOut)
            #expect(SystemTime().monotonic - start < PostgresPatient.patience * 2 + .seconds(3))
            patient.server.thaw()
            #expect(pool.close())
        }
    }

    @Test func `everything works over TLS too and a frozen server is noticed`() async throws {
        try await onThread {
            let server = try PrivatePostgres(isEncrypted: true)
            var settings = server.settings
            settings.encryption = .require
            settings.responseTimeout = PostgresPatient.patience
            let connection = try PostgresConnection.connect(settings)
            #expect(
                try connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").one().get(0) == true)
            let block = [UInt8](repeating: 7, count: 3 << 20)
            for size in [1, 8191, 8192, 16_383, 16_384, 16_385, 100_000] {
                let part = Array(block.prefix(size))
                #expect(try connection.query("SELECT $1::bytea", part).one().get(0, as: [UInt8].self) == part)
            }
            let results = try connection.pipeline { pipeline in
                for _ in 0..<8 { pipeline.add("SELECT $1::bytea", block) }
            }
            for result in results { #expect(try result.one().get(0, as: [UInt8].self) == block) }
            try connection.run(script: "CREATE TABLE loaded (a bigint)")
            let count = try connection.copy(into: "loaded", columns: ["a"], of: Int64.self) { copy in
                for number in 0..<200_000 { try copy.write(Int64(number)) }
            }
            #expect(count == 200_000)
            try connection.listen(to: "c")
            try connection.notify("c", "hello")
            #expect(try connection.waitForNotification(for: .seconds(10))?.payload == "hello")
            #expect(try connection.waitForNotification(for: .milliseconds(120)) == nil)
            server.freeze()
            let start = SystemTime().monotonic
            let error = #expect(throws: PostgresError.self) { try connection.ping() }
            server.thaw()
            #expect(error?.code == .responseTimedOut)
            let waited = SystemTime().monotonic - start
            #expect(waited >= PostgresPatient.patience && waited < PostgresPatient.patience + .seconds(3))
        }
    }

    @Test func `opening and closing leaves nothing behind`() async throws {
        try await onThread {
            let server = try PrivatePostgres()
            try PostgresConnection.connect(server.settings).close()
            let before = try ProcessResources()
            for round in 0..<50 {
                let connection = try PostgresConnection.connect(server.settings)
                try connection.execute("SELECT 1")
                _ = try? connection.execute("SELECT 1/0")
                // Half of them are simply dropped.
                if round % 2 == 0 { connection.close() }
            }
            try before.expectSame()
        }
    }
}

/// A socket that takes connections, as far as the kernel is concerned, and never says a word.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    struct Failure: Error {}

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | listen(descriptor, 16) | getsockname(descriptor, $0, &size)
            }
        }
        guard code == 0 else { throw Failure() }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    func close() {
        Glibc.close(descriptor)
    }
}
