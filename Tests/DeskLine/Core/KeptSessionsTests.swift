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
            #expect(sessions.take(tenant(number), of: 0, name(number)) { _, _ in .none } == nil)
        }
        #expect(sessions.take(tenant(2), of: 0, name(2)) { _, _ in .none } == nil, "it has one")
        let gone = sessions.take(tenant(4), of: 0, name(4)) { _, _ in .none }
        #expect(sessions.count == 3 && sessions.has(tenant(4)))
        #expect((1...3).filter { !sessions.has(tenant($0)) }.map { name($0) } == [gone].compactMap(\.self))
    }

    @Test func whoseSessionIsNeededKeepsIt() {
        var sessions = KeptSessions(bound: 3)
        for number in 1...3 as ClosedRange<UInt64> {
            _ = sessions.take(tenant(number), of: 0, name(number)) { _, _ in .none }
        }
        let idle = sessions.take(tenant(4), of: 0, name(4)) { tenant, _ in tenant == self.tenant(2) ? .none : .soon }
        #expect(idle == name(2), "those whose turn is coming keep theirs")
        let waiting = sessions.take(tenant(5), of: 0, name(5)) { tenant, _ in tenant == self.tenant(3) ? .soon : .now }
        #expect(waiting == name(3), "it is in nobody's hands")
        #expect(sessions.take(tenant(6), of: 0, name(6)) { _, _ in .now } == nil)
        #expect(sessions.count == 4, "what is in use cannot go")
    }

    @Test func whatEndsMakesRoom() {
        var sessions = KeptSessions(bound: 2)
        _ = sessions.take(tenant(1), of: 0, name(1)) { _, _ in .none }
        _ = sessions.take(tenant(2), of: 0, name(2)) { _, _ in .none }
        sessions.drop(tenant(1))
        sessions.drop(tenant(1))
        #expect(sessions.count == 1 && !sessions.has(tenant(1)) && sessions.has(tenant(2)))
        #expect(sessions.take(tenant(3), of: 0, name(3)) { _, _ in .none } == nil)
        sessions.drop(tenant(2))
        sessions.drop(tenant(3))
        #expect(sessions.count == 0)
    }

    @Test func aQuarterOfOneStoresSessionsGoesAndNoOthers() {
        var sessions = KeptSessions(bound: 20)
        for number in 1...10 as ClosedRange<UInt64> {
            let store = number <= 2 ? "main" : "other"
            let name = SessionName(store: store, database: "desk_\(number)")
            _ = sessions.take(tenant(number), of: Int(number), name) { _, _ in .none }
        }
        let gone = sessions.release(of: "other") { _, partition in partition == 3 ? .now : .none }
        #expect(gone.map(\.database) == ["desk_4", "desk_5"], "what is in use stays")
        #expect(sessions.count == 8 && !sessions.has(tenant(4)) && sessions.has(tenant(3)))
        #expect(sessions.release(of: "none") { _, _ in .none }.isEmpty)
        #expect(sessions.release(of: "main") { _, _ in .none }.count == 1, "one at least")
    }

    @Test func everybodyIsDisplacedInTheLongRun() {
        var sessions = KeptSessions(bound: 8)
        for number in 0..<8 as Range<UInt64> {
            _ = sessions.take(tenant(number), of: 0, name(number)) { _, _ in .none }
        }
        var displaced: Set<String> = []
        for number in 8..<200 as Range<UInt64> {
            if let name = sessions.take(tenant(number), of: 0, name(number), unless: { _, _ in .none }) {
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
        let begun = visits.filter { cold.contains($0.tenant) }.map(\.tenant)
        #expect(begun == Array(cold.prefix(4)), "half of 8, while nobody else waits")
        #expect(visits.filter { warm.contains($0.tenant) }.count == 4)
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

    @Test func aServerWithoutRoomGetsSessionsBackAndTheCommandIsDecided() throws {
        let (script, tenants) = try script(hands: 4, connections: 8, tenants: 9)
        let open = Set(script.openSessions)
        let cold = try #require(tenants.first { !open.contains(script.session(of: $0)) })
        script.deliver([DeskScript.ticket(1, of: cold)])
        let visit = try #require(script.takeVisit())
        #expect(visit.closes.count == 1)
        script.step(.visited(visit, .failed(.crowded("too many clients"))))
        script.step(.woken, after: .milliseconds(100))
        let next = try #require(script.takeVisit())
        #expect(next.tenant == cold && next.closes.count == 2, "a quarter of the seven that were left")
        script.step(.visited(next, script.run(next)))
        script.settle()
        #expect(script.told(1) == [201])
        #expect(script.worker.away == 0 && script.worker.keptSessions == 6)
    }

    @Test func aTenantForWhomNobodyWaitsIsOpenedInTheMiddleOfARush() throws {
        let script = try DeskScript {
            $0.hands = 4
            $0.connections = 4
        }
        let tenants = try (1...12).map { try script.account($0) }
        script.begin()
        // Everybody is to be opened; for the first six somebody waits, again and again.
        var number: UInt64 = 0
        var visited: [TenantId] = []
        for _ in 0..<100 {
            for tenant in tenants.prefix(6) {
                number += 1
                script.deliver([DeskScript.ticket(number, of: tenant)])
            }
            if let visit = script.visit() { visited.append(visit.tenant) }
        }
        let others = Set(tenants.suffix(6))
        #expect(others.subtracting(visited).isEmpty, "\(visited.map { tenants.firstIndex(of: $0) ?? -1 })")
        #expect(visited.count { !others.contains($0) } >= 80)
    }

    @Test(arguments: [1, 2])
    func fewHandsServeBothThoseWithSessionsAndThoseWithout(hands: Int) throws {
        let (script, tenants) = try script(hands: hands, connections: 2, tenants: 8)
        var number: UInt64 = 0
        var visited: [TenantId: Int] = [:]
        for _ in 0..<60 {
            for tenant in tenants {
                number += 1
                script.deliver([DeskScript.ticket(number, of: tenant)])
            }
            if let visit = script.visit() { visited[visit.tenant, default: 0] += 1 }
        }
        #expect(visited.count == 8 && visited.values.allSatisfy { $0 >= 2 }, "\(visited.values.sorted())")
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
