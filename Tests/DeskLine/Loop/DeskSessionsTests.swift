import Pipeline
import Postgres
import Runtime
import Sealing
import Tenancy
import TestSupport
import Testing
import Ticketing

@testable import DeskLine

/// Sessions with tenants' databases, between two visits.
@Suite struct DeskSessionsTests {
    /// A server that has room for so many sessions, and counts them.
    private final class Server: Sendable {
        struct State {
            var room: Int
            var open: [String: Int] = [:]
            var opened = 0
        }

        let state: Lock<State>
        let outcome = Lock<VisitOutcome>(.lookedUp([]))
        let newest = Lock<Session?>(nil)

        init(room: Int) { state = Lock(State(room: room)) }

        var open: [String] { state.withLock { $0.open.filter { $0.value > 0 }.keys.sorted() } }
        var opened: Int { state.withLock { $0.opened } }

        func connect(_ visit: Visit) throws(VisitFailure) -> any DeskStore {
            let isTaken = state.withLock { state in
                guard state.open.values.reduce(0, +) < state.room else { return false }
                state.open[visit.database, default: 0] += 1
                state.opened += 1
                return true
            }
            guard isTaken else { throw .crowded("too many clients") }
            let session = Session(self, visit.database)
            newest.withLock { $0 = session }
            return session
        }
    }

    private final class Session: DeskStore, @unchecked Sendable {
        // because: a test is one thread
        let server: Server
        let name: String
        var isAlive = true

        init(_ server: Server, _ name: String) {
            self.server = server
            self.name = name
        }

        func run(_ visit: Visit) -> VisitOutcome { server.outcome.withLock { $0 } }
        func handOver() {}
        func close() {
            isAlive = false
            server.state.withLock { $0.open[name, default: 0] -= 1 }
        }
    }

    private func visit(_ number: UInt64, closing: [UInt64] = []) -> Visit {
        var visit = Visit(
            number: number, tenant: TenantId(high: 0, low: number), partition: 0, epoch: 1, store: "main",
            database: "desk_\(number)", wish: .lookUp([], at: Time(microseconds: 0)))
        visit.closes = closing.map { SessionName(store: "main", database: "desk_\($0)") }
        return visit
    }

    private func sessions(of server: Server) -> DeskSessions {
        DeskSessions(metrics: DeskLoopMetrics(Metrics(), log: .none)) { visit throws(VisitFailure) in
            try server.connect(visit)
        }
    }

    @Test func aSessionIsUsedAgainAndClosedWhenItIsDisplaced() {
        let server = Server(room: 10)
        let sessions = sessions(of: server)
        for _ in 0..<3 { _ = sessions.run(visit(1)) }
        #expect(server.opened == 1 && server.open == ["desk_1"])
        _ = sessions.run(visit(2, closing: [1]))
        #expect(server.open == ["desk_2"])
        sessions.closeAll()
        #expect(server.open == [])
    }

    @Test func aSessionThatIsLostIsNotUsedAgain() {
        let server = Server(room: 10)
        let sessions = sessions(of: server)
        server.outcome.withLock { $0 = .failed(.unavailable("the connection was lost")) }
        _ = sessions.run(visit(1))
        #expect(server.open == [])
        server.outcome.withLock { $0 = .lookedUp([]) }
        _ = sessions.run(visit(1))
        #expect(server.opened == 2 && server.open == ["desk_1"])
    }

    @Test func aSessionThatItsServerHasEndedIsNotUsed() throws {
        let server = Server(room: 10)
        let sessions = sessions(of: server)
        _ = sessions.run(visit(1))
        server.newest.withLock { $0?.isAlive = false }
        _ = sessions.run(visit(1))
        #expect(server.opened == 2 && server.open == ["desk_1"])
    }

    @Test func aServerWithoutRoomIsCrowdedAndNothingCountsAsOpened() {
        let server = Server(room: 0)
        let sessions = sessions(of: server)
        guard case .failed(.crowded) = sessions.run(visit(1)) else {
            Issue.record("it has no room")
            return
        }
        #expect(server.opened == 0)
    }

    @Test func whatTheServerSaysOfTooManySessionsIsUnderstood() async throws {
        try await TestDatabase.with { database in
            let control = try PostgresConnection.connect(database.settings)
            defer { control.close() }
            let name = try #require(database.settings.database)
            let role = PostgresIdentifier("crowded_\(name)")
            try control.run(script: "CREATE ROLE \(role) LOGIN PASSWORD 'crowded' CONNECTION LIMIT 0")
            defer { try? control.run(script: "DROP ROLE \(role)") }
            var settings = database.settings
            settings.user = "crowded_\(name)"
            settings.password = "crowded"
            let stores = try Stores("", control: settings)
            let visit = Visit(
                number: 1, tenant: TenantId(high: 0, low: 1), partition: 0, epoch: 1, store: "main",
                database: name, wish: .lookUp([], at: Time(microseconds: 0)))
            let failure = #expect(throws: VisitFailure.self) {
                _ = try PostgresDeskStore.connect(
                    stores, visit, for: WorkerId("desk-1"), silence: .seconds(10),
                    key: try SigningKey(seed: [UInt8](repeating: 7, count: SigningKey.seedCount)), migrations: [])
            }
            guard case .crowded = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }
}
