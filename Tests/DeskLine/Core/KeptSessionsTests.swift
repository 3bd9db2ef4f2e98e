import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import DeskLine
@testable import Simulation

/// Which sessions with tenants' databases are kept, and who waits for whom where there are too few.
@Suite struct KeptSessionsTests {
    private func tenant(_ number: UInt64) -> TenantId { TenantId(high: 0, low: number) }
    private func name(_ number: UInt64) -> SessionName { SessionName(store: "main", database: "desk_\(number)") }

    // MARK: - The table

    @Test func thereAreNoMoreThanTheBoundAndWhoeverComesDisplacesOne() {
        var sessions = KeptSessions(bound: 3)
        for number in 1...3 as ClosedRange<UInt64> {
            #expect(sessions.take(tenant(number), name(number)) { _ in .none } == nil)
        }
        #expect(sessions.take(tenant(2), name(2)) { _ in .none } == nil, "it has one")
        let gone = sessions.take(tenant(4), name(4)) { _ in .none }
        #expect(sessions.count == 3 && sessions.has(tenant(4)))
        #expect((1...3).filter { !sessions.has(tenant($0)) }.map { name($0) } == [gone].compactMap(\.self))
    }

    @Test func whoseSessionIsNeededKeepsIt() {
        var sessions = KeptSessions(bound: 3)
        for number in 1...3 as ClosedRange<UInt64> { _ = sessions.take(tenant(number), name(number)) { _ in .none } }
        let idle = sessions.take(tenant(4), name(4)) { $0 == tenant(2) ? .none : .soon }
        #expect(idle == name(2), "those whose turn is coming keep theirs")
        let waiting = sessions.take(tenant(5), name(5)) { $0 == tenant(3) ? .soon : .now }
        #expect(waiting == name(3), "it is in nobody's hands")
        #expect(sessions.take(tenant(6), name(6)) { _ in .now } == nil)
        #expect(sessions.count == 4, "what is in use cannot go")
    }

    @Test func whatEndsMakesRoom() {
        var sessions = KeptSessions(bound: 2)
        _ = sessions.take(tenant(1), name(1)) { _ in .none }
        _ = sessions.take(tenant(2), name(2)) { _ in .none }
        sessions.drop(tenant(1))
        sessions.drop(tenant(1))
        #expect(sessions.count == 1 && !sessions.has(tenant(1)) && sessions.has(tenant(2)))
        #expect(sessions.take(tenant(3), name(3)) { _ in .none } == nil)
        sessions.drop(tenant(2))
        sessions.drop(tenant(3))
        #expect(sessions.count == 0)
    }

    @Test func everybodyIsDisplacedInTheLongRun() {
        var sessions = KeptSessions(bound: 8)
        for number in 0..<8 as Range<UInt64> { _ = sessions.take(tenant(number), name(number)) { _ in .none } }
        var displaced: Set<String> = []
        for number in 8..<200 as Range<UInt64> {
            if let name = sessions.take(tenant(number), name(number), unless: { _ in .none }) {
                displaced.insert(name.database)
            }
        }
        #expect(displaced.isSuperset(of: (0..<8).map { "desk_\($0)" }))
    }

    // MARK: - The worker

    /// A worker of that many hands and sessions, and tenants whose desks are open.
    private func script(
        hands: Int, connections: Int, tenants count: UInt64
    ) throws -> (script: DeskScript, tenants: [TenantId]) {
        let script = try DeskScript {
            $0.hands = hands
            $0.connections = connections
        }
        let tenants = try (1...count).map { try script.account($0) }
        script.begin()
        script.settle()
        return (script, tenants)
    }

    /// What one session at a time displaces is closed with the visit that displaces it.
    @Test func theWorkerHasNoMoreSessionsThanItMay() throws {
        let (script, tenants) = try script(hands: 4, connections: 4, tenants: 12)
        #expect(script.worker.keptSessions == 4)
        var open = Set(script.openSessions)
        for (number, tenant) in tenants.enumerated() {
            script.deliver([DeskScript.ticket(UInt64(number + 1), of: tenant)])
            while let visit = script.takeVisit() {
                for name in visit.closes { #expect(open.remove(name) != nil) }
                open.insert(visit.session)
                #expect(open.count <= 4)
                script.step(.visited(visit, script.run(visit)))
            }
        }
        #expect(script.replies.map(\.status) == [Int](repeating: 201, count: 12))
        #expect(script.worker.statistics.displacedSessions >= 8 && script.worker.keptSessions == 4)
    }

    @Test func thoseWithSessionsDoNotWaitForThoseWithout() throws {
        let (script, tenants) = try script(hands: 8, connections: 8, tenants: 16)
        let open = Set(script.openSessions)
        let warm = tenants.filter { open.contains(script.session(of: $0)) }
        let cold = tenants.filter { !warm.contains($0) }
        #expect(warm.count == 8 && cold.count == 8)
        var number: UInt64 = 0
        for tenant in cold + warm {
            number += 1
            script.deliver([DeskScript.ticket(number, of: tenant)])
        }
        var visits: [Visit] = []
        while let visit = script.takeVisit() { visits.append(visit) }
        #expect(visits.filter { cold.contains($0.tenant) }.map(\.tenant) == Array(cold.prefix(2)), "a quarter of 8")
        #expect(visits.filter { warm.contains($0.tenant) }.count == 6)
        for visit in visits { script.step(.visited(visit, script.run(visit))) }
        script.settle()
        #expect(script.replies.map(\.status) == [Int](repeating: 201, count: 16), "everybody has a turn")
    }

    @Test func aDatabaseThatDoesNotAnswerTakesNobodysSession() throws {
        let (script, tenants) = try script(hands: 4, connections: 4, tenants: 5)
        let open = Set(script.openSessions)
        let away = try #require(tenants.first { !open.contains(script.session(of: $0)) })
        let before = script.worker.statistics.displacedSessions
        script.deliver([DeskScript.ticket(1, of: away)])
        for attempt in 0..<5 {
            let visit = try #require(script.takeVisit(), "attempt \(attempt)")
            script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
            script.step(.woken, after: .seconds(2))
            while script.errand() != nil {}
        }
        // The first attempt was made before anybody knew.
        #expect(script.worker.statistics.displacedSessions == before + 1 && script.worker.keptSessions == 3)
        script.pass(.seconds(5))
        #expect(script.told(1) == [201] && script.worker.keptSessions == 4)
    }
}

extension DeskScript {
    fileprivate func session(of tenant: TenantId) -> SessionName {
        SessionName(store: "main", database: desks[tenant]?.name ?? "")
    }

    /// Those that the worker believes to be there.
    fileprivate var openSessions: [SessionName] {
        desks.keys.filter { worker.sessions.has($0) }.map { session(of: $0) }
    }
}
