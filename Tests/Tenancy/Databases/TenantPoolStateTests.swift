internal import Runtime
internal import Testing

@testable import Tenancy

private let start = MonotonicTime(nanoseconds: 1_000_000_000)
private typealias Database = TenantPoolState.Database

@Suite struct TenantPoolStateTests {
    private func database(_ name: String, store: String = "main") -> Database { Database(store: store, name: name) }

    /// What `#expect` can ask.
    private final class Pool {
        var state: TenantPoolState

        init(_ limits: TenantPoolState.Limits) { state = TenantPoolState(limits: limits) }

        func ask(
            _ database: Database, at now: Int = 0, until: Int = 250, isWaiting: Bool = false
        ) -> TenantPoolState.Answer {
            state.acquire(
                database, isWaiting: isWaiting, deadline: start + .milliseconds(until), now: start + .milliseconds(now))
        }

        func release(_ connection: UInt64, _ outcome: TenantPoolState.Outcome, at now: Int = 0) -> Bool {
            state.release(connection, outcome, now: start + .milliseconds(now))
        }

        func takeExpired(at now: Int) -> [UInt64] { state.takeExpired(now: start + .milliseconds(now)) }
        func close() -> [UInt64] { state.close() }
    }

    private func pool(connections: Int = 4, perDatabase: Int = 2) -> Pool {
        var limits = TenantPoolState.Limits()
        limits.connections = connections
        limits.perDatabase = perDatabase
        limits.waiting = 2
        return Pool(limits)
    }

    @Test func aConnectionIsOpenedOnceAndLentAgain() {
        let pool = pool()
        #expect(pool.ask(database("a")) == .open(1, closing: nil))
        #expect(pool.release(1, .good, at: 1))
        #expect(pool.ask(database("a"), at: 2) == .use(1))
        #expect(pool.ask(database("b"), at: 2) == .open(2, closing: nil), "and never to another database")
        #expect(pool.release(1, .spent, at: 3) == false)
        #expect(pool.ask(database("a"), at: 4) == .open(3, closing: nil))
    }

    @Test func oneDatabaseHasSoManyAndNoMoreAndTheNextCallerWaits() {
        let pool = pool(connections: 10, perDatabase: 2)
        #expect(pool.ask(database("a")) == .open(1, closing: nil))
        #expect(pool.ask(database("a")) == .open(2, closing: nil))
        #expect(pool.ask(database("a")) == .wait)
        #expect(pool.ask(database("b")) == .open(3, closing: nil), "the others do not")
        #expect(pool.release(2, .good, at: 5))
        #expect(pool.ask(database("a"), at: 5, isWaiting: true) == .use(2))
        #expect(pool.state.waiting == 0)
    }

    @Test func callersThatWaitAreBoundedInNumberAndTime() {
        let pool = pool(connections: 1)
        #expect(pool.ask(database("a")) == .open(1, closing: nil))
        #expect(pool.ask(database("b")) == .wait)
        #expect(pool.ask(database("c")) == .wait)
        #expect(pool.ask(database("d")) == .refuse(.busy))
        #expect(pool.ask(database("b"), at: 250, isWaiting: true) == .refuse(.busy), "its time is over")
        #expect(pool.ask(database("d"), at: 250, until: 500) == .wait, "and there is room again")
    }

    @Test func theOneNotUsedForLongestMakesRoom() {
        let pool = pool(connections: 2)
        for name in ["a", "b"] { _ = pool.ask(database(name)) }
        #expect(pool.release(2, .good, at: 1) && pool.release(1, .good, at: 2))
        #expect(pool.ask(database("c"), at: 3) == .open(3, closing: 2))
        #expect(pool.ask(database("d"), at: 3) == .open(4, closing: 1))
        #expect(pool.ask(database("e"), at: 3) == .wait, "what is lent stays")
        #expect(pool.state.count == 2)
    }

    @Test func aSilentDatabaseIsTriedByOneAtATimeAfterAPauseThatGrows() {
        let pool = pool()
        _ = pool.ask(database("a"))
        #expect(pool.release(1, .silent, at: 1_000) == false)
        #expect(pool.ask(database("a"), at: 1_099) == .refuse(.away))
        #expect(pool.ask(database("b"), at: 1_099) == .open(2, closing: nil), "its neighbour is not touched")
        #expect(pool.ask(database("a"), at: 1_100) == .open(3, closing: nil))
        #expect(pool.ask(database("a"), at: 1_100) == .refuse(.away), "one finds out for all")
        #expect(pool.release(3, .silent, at: 2_000) == false)
        #expect(pool.ask(database("a"), at: 2_199) == .refuse(.away), "twice as long")
        #expect(pool.ask(database("a"), at: 2_200) == .open(4, closing: nil))
        #expect(pool.release(4, .good, at: 2_300))
        #expect(pool.ask(database("a"), at: 2_300) == .use(4))
        #expect(pool.ask(database("a"), at: 2_300) == .open(5, closing: nil), "well again")
    }

    @Test func whatWaitedForADatabaseThatFellSilentIsToldAtOnce() {
        let pool = pool(connections: 4, perDatabase: 1)
        _ = pool.ask(database("a"))
        #expect(pool.ask(database("a")) == .wait)
        _ = pool.release(1, .silent, at: 100)
        #expect(pool.ask(database("a"), at: 100, isWaiting: true) == .refuse(.away))
    }

    @Test func severalSilentDatabasesAreASilentServer() {
        let pool = pool(connections: 10)
        for (index, name) in ["a", "b", "c"].enumerated() {
            #expect(pool.ask(database(name)) == .open(UInt64(index + 1), closing: nil))
        }
        _ = pool.ask(database("x", store: "other"))
        for connection in 1...3 as ClosedRange<UInt64> { _ = pool.release(connection, .silent, at: 1_000) }
        #expect(pool.ask(database("d"), at: 1_001) == .refuse(.away))
        #expect(pool.ask(database("y", store: "other"), at: 1_001) == .open(5, closing: nil), "another server is not")
        // After its rest, one caller finds out for all.
        #expect(pool.ask(database("d"), at: 1_500) == .open(6, closing: nil))
        #expect(pool.ask(database("e"), at: 1_500) == .refuse(.away))
        #expect(pool.release(6, .refused, at: 1_600) == false)
        #expect(pool.ask(database("e"), at: 1_600) == .open(7, closing: nil), "any answer shows that it is there")
        #expect(pool.ask(database("d"), at: 1_600) == .refuse(.away), "the one that refused rests")
    }

    @Test func answersInBetweenShowThatTheServerIsThere() {
        let pool = pool(connections: 10)
        for name in ["a", "b", "c"] {
            guard case .open(let silent, _) = pool.ask(database(name)) else { Issue.record("refused"); return }
            _ = pool.release(silent, .silent, at: 0)
            guard case .open(let good, _) = pool.ask(database(name + "2")) else { Issue.record("refused"); return }
            _ = pool.release(good, .good, at: 0)
        }
        #expect(pool.ask(database("d")) == .open(7, closing: nil))
    }

    @Test func aConnectionThatBrokeWhileIdleSaysNothingOfItsDatabase() {
        let pool = pool()
        _ = pool.ask(database("a"))
        #expect(pool.release(1, .good, at: 0) && pool.ask(database("a")) == .use(1))
        #expect(pool.release(1, .stale, at: 0) == false)
        #expect(pool.ask(database("a")) == .open(2, closing: nil))
    }

    @Test func whatNobodyUsesIsClosedInTheEnd() {
        let pool = pool()
        for name in ["a", "b"] { _ = pool.ask(database(name)) }
        #expect(pool.release(1, .good, at: 0) && pool.release(2, .good, at: 30_000))
        #expect(pool.takeExpired(at: 59_999) == [] && pool.takeExpired(at: 60_000) == [1])
        #expect(pool.state.count == 1)
    }

    @Test func aClosedPoolLendsNothingAndKeepsNothing() {
        let pool = pool()
        for name in ["a", "b"] { _ = pool.ask(database(name)) }
        #expect(pool.release(1, .good, at: 0))
        #expect(pool.close() == [1])
        #expect(pool.ask(database("a")) == .refuse(.closed) && !pool.state.isDrained)
        #expect(!pool.release(2, .good, at: 1) && pool.state.isDrained)
    }

    /// Whatever is asked, lent and given back: the bounds hold, and what fails is forgotten in the end.
    @Test(arguments: 0..<200)
    func theBoundsHold(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pool = pool(connections: 3, perDatabase: 2)
        var lent: [UInt64: Database] = [:]
        var known: Set<UInt64> = []
        var now = 0
        for _ in 0..<300 {
            now += Int.random(in: 0..<200, using: &random)
            if Bool.random(using: &random) {
                let wanted = database(
                    "\(Int.random(in: 0..<6, using: &random))", store: Bool.random(using: &random) ? "a" : "b")
                switch pool.ask(wanted, at: now, until: now) {
                case .use(let connection):
                    #expect(known.contains(connection) && lent.updateValue(wanted, forKey: connection) == nil)
                case .open(let connection, let closing):
                    if let closing { #expect(lent[closing] == nil && known.remove(closing) != nil) }
                    #expect(known.insert(connection).inserted)
                    lent[connection] = wanted
                case .wait: Issue.record("nobody waits past its deadline")
                case .refuse: break
                }
            } else if let connection = lent.keys.sorted().randomElement(using: &random) {
                let outcomes: [TenantPoolState.Outcome] = [.good, .good, .good, .spent, .stale, .refused, .silent]
                let outcome = outcomes.randomElement(using: &random) ?? .good
                if !pool.release(connection, outcome, at: now) { known.remove(connection) }
                lent[connection] = nil
            }
            #expect(
                pool.state.count == known.count && pool.state.count <= 3
                    && pool.state.idleCount == known.count - lent.count)
            for database in Set(lent.values) { #expect(lent.values.count { $0 == database } <= 2) }
        }
        for connection in lent.keys { _ = pool.release(connection, .good, at: now) }
        #expect(pool.ask(database("new", store: "new"), at: now + 10_000) != .refuse(.away))
    }
}
