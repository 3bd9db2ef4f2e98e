internal import Foundation
internal import Pipeline
internal import PipelineTestSupport
internal import Postgres
internal import Runtime
internal import Schema
internal import TestSupport
internal import Ticketing

/// What one session commits: real decisions, everything that a worker stores, on a server that waits for its disk.
enum StoreBenchmark {
    static func run(_ servers: TestServers) async throws {
        try await onThread("benchmark") {
            let database = try TestDatabase()
            let result = Result {
                let connection = try PostgresConnection.connect(database.settings)
                defer { connection.close() }
                let durability = try connection.query(
                    """
                    SELECT current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')
                    """
                ).one().get(0, as: String.self)
                print("store: fsync \(durability)")
                _ = try Migrator.migrate(
                    connection, to: Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
                try PostgresStore.prepareLine("seats", partitions: 64, spares: 16, on: connection)
                let store = try PostgresStore.connect(database.settings, for: "bench", as: "committer")
                defer { store.close() }
                let server = try connection.query(
                    "SELECT pid FROM pg_stat_activity WHERE application_name = 'bench committer' AND datname = $1",
                    database.name
                ).one().get(0, as: Int.self)
                for size in [500, 100, 1] {
                    try reserve(store, server: server, batches: size == 500 ? 200 : 300, of: size)
                }
                try release(store, server: server, batches: 60, of: 500)
                try groups(store, server: server, batches: 20, of: 25)
                try load(store)
            }
            try database.drop()
            try result.get()
        }
    }

    private static let hall = [
        SectionSpec(
            name: "Hall", tier: "A", rows: (1...2_000).map { RowSpec(name: Label("R\($0)"), seats: 50) })
    ]

    /// Distinct buyers reserve the best place of one show, decided beforehand.
    private static func reserve(
        _ store: PostgresStore, server: Int, batches: Int, of size: Int
    ) throws {
        let partition = size % 64
        var owner = Owner(try store.claim([ClaimRequest(number: partition, epoch: 0)], for: "bench")[0])
        var clerk = Clerk(Clerk.event(of: partition, among: 64), at: owner.claim.now)
        clerk.create(hall)
        try owner.commit(clerk.takeEntries(), to: store)
        var seconds = 0.0
        var ownTime = 0.0
        let serverTime = serverTime(server)
        var buyer = 0
        for _ in 0..<batches {
            for _ in 0..<size {
                buyer += 1
                try clerk.reserve(Label("buyer-\(buyer)"))
            }
            var batch = owner.batch(clerk.takeEntries())
            batch.dues = [DueChange(event: clerk.event, at: clerk.now + 600)]
            let sealed = Owner.seal(batch)
            let start = SystemTime().monotonic
            let ownStart = threadTime()
            try store.commit([sealed])
            seconds += elapsed(since: start)
            ownTime += threadTime() - ownStart
            owner.committed(sealed)
        }
        let served = Self.serverTime(server) - serverTime
        print(
            "store.reserve \(Int(Double(batches * size) / seconds)) decisions/s  batches of \(size), one event, "
                + "\(String(format: "%.2f", seconds / Double(batches) * 1e3)) ms each; "
                + work(ownTime, served, batches * size))
    }

    /// Gives back what was reserved before: a delete, an update and a journal entry each.
    private static func release(_ store: PostgresStore, server: Int, batches: Int, of size: Int) throws {
        let partition = 60
        var owner = Owner(try store.claim([ClaimRequest(number: partition, epoch: 0)], for: "bench")[0])
        var clerk = Clerk(Clerk.event(of: partition, among: 64), at: owner.claim.now)
        clerk.create(hall)
        let held = try (0..<batches * size).map { try clerk.reserve(Label("buyer-\($0)")) }
        try owner.commit(clerk.takeEntries(), to: store)
        var (seconds, ownTime) = (0.0, 0.0)
        let serverTime = Self.serverTime(server)
        for batch in 0..<batches {
            for id in held[batch * size..<(batch + 1) * size] { try clerk.send(.release(id)) }
            let sealed = owner.sealed(clerk.takeEntries())
            let start = SystemTime().monotonic
            let ownStart = threadTime()
            try store.commit([sealed])
            seconds += elapsed(since: start)
            ownTime += threadTime() - ownStart
            owner.committed(sealed)
        }
        print(
            "store.release \(Int(Double(batches * size) / seconds)) decisions/s  batches of \(size); "
                + work(ownTime, Self.serverTime(server) - serverTime, batches * size))
    }

    private static func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds of processor that the session's process on this machine has used.
    private static func serverTime(_ process: Int) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/schedstat", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 } ?? 0
    }

    /// What the machine does beside it makes each commit longer, but hardly the work of it.
    private static func work(_ own: Double, _ server: Double, _ count: Int) -> String {
        "\(String(format: "%.2f", own / Double(count) * 1e6)) µs of processor here and "
            + "\(String(format: "%.2f", server / Double(count) * 1e6)) µs in the server for each decision"
    }

    /// Groups of many partitions, as a quiet evening has them.
    private static func groups(_ store: PostgresStore, server: Int, batches: Int, of size: Int) throws {
        let wanted = (2..<2 + batches).map { ClaimRequest(number: $0, epoch: 0) }
        var owners = try store.claim(wanted, for: "bench").map { Owner($0) }
        var clerks = owners.map { Clerk(Clerk.event(of: $0.claim.number, among: 64, from: 1_000), at: $0.claim.now) }
        for index in owners.indices {
            clerks[index].create(hall)
            try owners[index].commit(clerks[index].takeEntries(), to: store)
        }
        var (seconds, ownTime) = (0.0, 0.0)
        let serverTime = Self.serverTime(server)
        let rounds = 100
        for round in 0..<rounds {
            var group: [SealedBatch] = []
            for index in owners.indices {
                for number in 0..<size { try clerks[index].reserve(Label("buyer-\(round)-\(number)")) }
                group.append(owners[index].sealed(clerks[index].takeEntries()))
            }
            let start = SystemTime().monotonic
            let ownStart = threadTime()
            try store.commit(group)
            seconds += elapsed(since: start)
            ownTime += threadTime() - ownStart
            for index in owners.indices { owners[index].committed(group[index]) }
        }
        print(
            "store.groups \(Int(Double(rounds * batches * size) / seconds)) decisions/s  groups of \(batches) batches "
                + "of \(size), \(String(format: "%.2f", seconds / Double(rounds) * 1e3)) ms each; "
                + work(ownTime, Self.serverTime(server) - serverTime, rounds * batches * size))
    }

    private static func load(_ store: PostgresStore) throws {
        let now = SystemTime().wall
        let event = Clerk.event(of: 500 % 64, among: 64)
        for _ in 0..<3 {
            let start = SystemTime().monotonic
            guard
                case .event(let state) = try store.load(
                    event, for: 500 % 64, at: Time(microseconds: now.microseconds))
            else { throw Mismatch("not loaded") }
            let seconds = elapsed(since: start)
            let taken = state.availability(of: 1)?.reduce(0) { $0 + $1.held } ?? 0
            print("store.load \(String(format: "%.0f", seconds * 1e3)) ms for an event with \(taken) holds")
        }
        let small = Clerk.event(of: 2, among: 64, from: 1_000)
        let start = SystemTime().monotonic
        for _ in 0..<200 { _ = try store.load(small, for: 2, at: Time(microseconds: now.microseconds)) }
        print("store.load.medium \(String(format: "%.2f", elapsed(since: start) / 200 * 1e3)) ms, 2,500 holds")
        let missing = Clerk.event(of: 2, among: 64, from: 999_999)
        let again = SystemTime().monotonic
        for _ in 0..<500 { _ = try store.load(missing, for: 2, at: Time(microseconds: now.microseconds)) }
        print("store.load.missing \(String(format: "%.2f", elapsed(since: again) / 500 * 1e3)) ms")
    }

    private static func elapsed(since start: MonotonicTime) -> Double {
        Double((SystemTime().monotonic - start).nanoseconds) / 1e9
    }
}
