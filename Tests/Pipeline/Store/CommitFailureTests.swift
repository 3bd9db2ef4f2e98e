import Pipeline
import PipelineTestSupport
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing

/// What a commit answers when something happens to it on the way.
@Suite struct CommitFailureTests {
    /// Commits a batch in a session of its own, after `settings`, while the partition's row is locked; `harm` comes
    /// when the commit is waiting there.
    private static func failure(
        in world: PostgresWorld, _ settings: PostgresSettings? = nil, harm: (PostgresWorld, Int) throws -> Void
    ) throws -> CommitFailure? {
        let (store, owner) = try world.owner()
        var clerk = try world.clerk()
        clerk.create([SectionSpec(name: "Floor", tier: "A", capacity: 10)])
        try clerk.reserve("b", 2)
        let sealed = owner.sealed(clerk.takeEntries())
        let outcome = Lock<Result<Void, any Error>?>(nil)
        let database = settings ?? world.database.settings
        return try world.connection.transaction { transaction in
            try transaction.execute("SELECT FROM partition WHERE number = 0 FOR UPDATE")
            let thread = try OwnedThread(name: "committer") {
                let result = Result {
                    let store = try PostgresStore.connect(database, for: "one", as: "committer")
                    defer { store.close() }
                    try store.commit([sealed])
                }
                outcome.withLock { $0 = result }
            }
            // Who waits for this transaction's end, and not what it was seen to do: that is read once a transaction.
            var waiting: Int?
            while waiting == nil, outcome.withLock({ $0 == nil }) {
                waiting = try transaction.query(
                    "SELECT pid FROM pg_locks WHERE transactionid = pg_current_xact_id()::xid AND NOT granted"
                ).oneOrNone()?.get(0)
            }
            try harm(world, waiting ?? 0)
            thread.join()
            guard case .missing = try store.load(clerk.event, for: 0, at: clerk.now) else {
                throw Mismatch("something was written")
            }
            do {
                try outcome.withLock { try $0?.get() }
                return nil
            } catch let failure as CommitFailure {
                return failure
            }
        }
    }

    @Test func aSessionThatTheServerEndsBeforeTheCommitHasWrittenNothing() async throws {
        try await PostgresWorld.with { world in
            let failure = try Self.failure(in: world) { world, process in
                try world.connection.execute("SELECT pg_terminate_backend($1)", Int32(process))
            }
            guard case .unavailable = failure else { throw Mismatch("\(String(describing: failure))") }
        }
    }

    @Test(arguments: [FaultProxy.Cut.reset, .finish])
    func aConnectionThatBreaksWhileTheCommitIsUnderWayLeavesItOpen(cut: FaultProxy.Cut) async throws {
        try await PostgresWorld.with { world in
            var settings = world.database.settings
            let server = try #require(settings.hosts.first)
            let proxy = try FaultProxy(to: UInt16(server.port))
            settings.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
            defer { proxy.stop() }
            let failure = try Self.failure(in: world, settings) { world, process in
                proxy.cut(cut)
                // A server that waits for a lock does not look at its client.
                try world.connection.execute("SELECT pg_terminate_backend($1, 5000)", Int32(process))
            }
            guard case .unknown = failure else { throw Mismatch("\(String(describing: failure))") }
        }
    }

    @Test func aCommitThatHadToWaitTooLongHasWrittenNothing() async throws {
        try await PostgresWorld.with { world in
            var settings = world.database.settings
            settings.lockTimeout = .milliseconds(50)
            let failure = try Self.failure(in: world, settings) { _, _ in }
            guard case .unavailable = failure else { throw Mismatch("\(String(describing: failure))") }
        }
    }

    @Test func aSessionThatIsGoneSendsNothing() async throws {
        try await PostgresWorld.with { world in
            let (_, owner) = try world.owner()
            let store = try world.open("one", as: "committer")
            try world.connection.execute(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'one committer' AND datname = current_database()
                """)
            for _ in 0..<2 {
                let failure = #expect(throws: CommitFailure.self) { try store.commit([owner.sealed([])]) }
                guard case .unavailable = failure else { throw Mismatch("\(String(describing: failure))") }
            }
            let error = #expect(throws: StoreError.self) { try store.beat(WorkerBeat(worker: "one")) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func aDecisionThatTheDatabaseCannotHoldIsRejected() async throws {
        try await PostgresWorld.with { world in
            let (store, owner) = try world.owner()
            var clerk = try world.clerk()
            clerk.create([SectionSpec(name: "Floor", tier: "A", capacity: 10)])
            try clerk.reserve("a zero\u{0}")
            let failure = #expect(throws: CommitFailure.self) { try store.commit([owner.sealed(clerk.takeEntries())]) }
            guard case .rejected = failure else { throw Mismatch("\(String(describing: failure))") }
        }
    }
}
