import Testing
import Ticketing

@testable import API

/// Whose turn it is.
@Suite struct TenantQueueTests {
    private var queue: TenantQueue<String>

    init() {
        var bounds = TenantQueue<String>.Bounds()
        bounds.total = 8
        bounds.perTenant = 4
        bounds.batch = 2
        bounds.suspects = 1
        queue = TenantQueue(bounds: bounds)
    }

    private func tenant(_ number: UInt64) -> TenantId { TenantId(high: 0, low: number) }

    private mutating func add(_ jobs: String..., of number: UInt64) {
        for job in jobs { #expect(queue.add(job, of: tenant(number))) }
    }

    /// The next one's jobs, with whose they are.
    private mutating func take() -> String? {
        queue.take().map { "\($0.tenant.low): " + $0.jobs.joined(separator: " ") }
    }

    @Test mutating func whatOneWantsIsAskedTogetherAndEachHasHisTurn() {
        add("a", "b", "c", of: 1)
        add("d", of: 2)
        #expect(take() == "1: a b")
        #expect(take() == "2: d")
        // Somebody asks for the first one already.
        #expect(take() == nil && queue.count == 1)
        #expect(queue.finish(tenant(1), isAway: false) == [])
        #expect(take() == "1: c" && queue.count == 0)
        #expect(queue.finish(tenant(1), isAway: false) == [])
        #expect(take() == nil)
    }

    @Test mutating func whoAsksMuchComesBehindWhoAsksLittle() {
        add("a", "b", "c", "d", of: 1)
        add("e", of: 2)
        #expect(take() == "1: a b")
        _ = queue.finish(tenant(1), isAway: false)
        #expect(take() == "2: e")
        #expect(take() == "1: c d")
    }

    @Test mutating func thereIsRoomForSoMuch() {
        add("a", "b", "c", "d", of: 1)
        #expect(!queue.add("e", of: tenant(1)))
        add("a", "b", of: 2)
        add("a", "b", of: 3)
        #expect(!queue.add("a", of: tenant(4)) && queue.count == 8)
        #expect(queue.removeAll().count == 8 && queue.count == 0)
        #expect(take() == nil)
        add("a", of: 4)
    }

    @Test mutating func whatWaitsForOneThatIsAwayWaitsInVain() {
        add("a", "b", "c", of: 1)
        add("d", of: 2)
        #expect(take() == "1: a b")
        #expect(queue.finish(tenant(1), isAway: true) == ["c"])
        #expect(queue.count == 1)
        #expect(take() == "2: d")
    }

    @Test mutating func thoseThatWereAwayNeverHaveAllHands() {
        for number in 1...3 as ClosedRange<UInt64> {
            add("a", of: number)
            #expect(take() != nil)
            #expect(queue.finish(tenant(number), isAway: true) == [])
        }
        for number in 1...3 as ClosedRange<UInt64> { add("b", of: number) }
        #expect(take() == "1: b")
        // The others wait until it is known what came of that; who was not away does not.
        #expect(take() == nil)
        add("c", of: 4)
        #expect(take() == "4: c")
        #expect(queue.finish(tenant(1), isAway: false) == [])
        #expect(take() == "2: b")
        _ = queue.finish(tenant(2), isAway: true)
        #expect(take() == "3: b")
        _ = queue.finish(tenant(3), isAway: false)
        // One that answered is like all others again.
        add("d", of: 1)
        add("d", of: 3)
        #expect(take() == "1: d" && take() == "3: d")
    }
}
