import Pipeline
import PipelineTestSupport
import Testing
import Ticketing
import Wire

@testable import Simulation

/// The fake database is asked the same as the real one.
@Suite struct FakeStoreTests {
    @Test(arguments: StoreConformance.all)
    func itDoesWhatEveryStoreDoes(check: StoreConformance.Check) throws {
        try check.run(FakeWorld())
    }
}

private final class FakeWorld: StoreWorld {
    private static let start = Time(microseconds: 1_780_315_200_000_000)
    private let database = FakeDatabase(partitions: partitions, spares: spares) { start }
    private var sessions: [WorkerId: [FakeStore]] = [:]

    func session(of worker: WorkerId) throws -> any Store {
        let store = FakeStore(database, for: worker)
        sessions[worker, default: []].append(store)
        return store
    }

    func kill(_ worker: WorkerId) throws {
        for session in sessions.removeValue(forKey: worker) ?? [] { session.close() }
    }

    func beginMove(_ route: EventRoute, from partition: Int) throws {
        database.routes[route.event] = FakeDatabase.RouteRow(
            partition: route.partition, previous: partition, version: route.version)
    }

    func changes(of show: ShowId, after version: UInt64) throws -> [(first: UInt64, line: ChangeLine)] {
        (database.changes[show] ?? []).filter { $0.line.version > version }.map { ($0.first, $0.line) }
    }

    func now() throws -> Time { Self.start }
}
