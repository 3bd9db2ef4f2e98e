import Testing
import Ticketing

@testable import API

/// Whose turn it is.
@Suite struct TenantQueueTests {
    /// A queue of small bounds, of tenants by their numbers.
    private final class Rig {
        var queue: TenantQueue<String>

        init() {
            var bounds = TenantQueue<String>.Bounds()
            bounds.total = 8
            bounds.perTenant = 4
            bounds.batch = 2
            bounds.suspects = 1
            queue = TenantQueue(bounds: bounds)
        }

        private func tenant(_ number: UInt64) -> TenantId { TenantId(high: 0, low: number) }

        var count: Int { queue.count }

        /// - Returns: whether there was room for all.
        @discardableResult
        func add(_ jobs: String..., of number: UInt64) -> Bool {
            jobs.allSatisfy { queue.add($0, of: tenant(number)) }
        }

        /// The next one's jobs, with whose they are.
        func take() -> String? {
            queue.take().map { "\($0.tenant.low): " + $0.jobs.joined(separator: " ") }
        }

        @discardableResult
        func finish(_ number: UInt64, isAway: Bool = false) -> [String] {
            queue.finish(tenant(number), isAway: isAway)
        }
    }

    private let rig = Rig()

    @Test func whatOneWantsIsAskedTogetherAndEachHasHisTurn() {
        rig.add("a", "b", "c", of: 1)
        rig.add("d", of: 2)
        #expect(rig.take() == "1: a b")
        #expect(rig.take() == "2: d")
        // Somebody asks for the first one already.
        #expect(rig.take() == nil && rig.count == 1)
        #expect(rig.finish(1) == [])
        #expect(rig.take() == "1: c" && rig.count == 0)
        #expect(rig.finish(1) == [])
        #expect(rig.take() == nil)
    }

    @Test func whoAsksMuchComesBehindWhoAsksLittle() {
        rig.add("a", "b", "c", "d", of: 1)
        rig.add("e", of: 2)
        #expect(rig.take() == "1: a b")
        rig.finish(1)
        #expect(rig.take() == "2: e")
        #expect(rig.take() == "1: c d")
    }

    @Test func thereIsRoomForSoMuch() {
        #expect(rig.add("a", "b", "c", "d", of: 1))
        #expect(!rig.add("e", of: 1))
        #expect(rig.add("a", "b", of: 2) && rig.add("a", "b", of: 3))
        #expect(!rig.add("a", of: 4) && rig.count == 8)
        #expect(rig.queue.removeAll().count == 8)
        #expect(rig.count == 0 && rig.take() == nil)
        #expect(rig.add("a", of: 4))
    }

    @Test func whatWaitsForOneThatIsAwayWaitsInVain() {
        rig.add("a", "b", "c", of: 1)
        rig.add("d", of: 2)
        #expect(rig.take() == "1: a b")
        #expect(rig.finish(1, isAway: true) == ["c"])
        #expect(rig.count == 1)
        #expect(rig.take() == "2: d")
    }

    @Test func thoseThatWereAwayNeverHaveAllHands() {
        for number in 1...3 as ClosedRange<UInt64> {
            rig.add("a", of: number)
            #expect(rig.take() != nil)
            #expect(rig.finish(number, isAway: true) == [])
        }
        for number in 1...3 as ClosedRange<UInt64> { rig.add("b", of: number) }
        #expect(rig.take() == "1: b")
        // The others wait until it is known what came of that; who was not away does not.
        #expect(rig.take() == nil)
        rig.add("c", of: 4)
        #expect(rig.take() == "4: c")
        #expect(rig.finish(1) == [])
        #expect(rig.take() == "2: b")
        rig.finish(2, isAway: true)
        #expect(rig.take() == "3: b")
        rig.finish(3)
        // One that answered is like all others again.
        rig.add("d", of: 1)
        rig.add("d", of: 3)
        #expect(rig.take() == "1: d" && rig.take() == "3: d")
    }
}
