import Runtime
import Testing

@testable import Query

@Suite struct DatabaseQueueTests {
    private let now = MonotonicTime(nanoseconds: 0)

    @Test func whatWaitsIsAskedForTogether() {
        var queue = DatabaseQueue<Int>(bound: 10, batch: 3, pause: .seconds(1))
        for number in 0..<7 { #expect(queue.add(number, at: now) == .taken) }
        let taken = [queue.take(), queue.take(), queue.take(), queue.take()]
        #expect(taken == [[0, 1, 2], [3, 4, 5], [6], []])
        #expect(queue.count == 0)
    }

    @Test func onlySoMuchWaits() {
        var queue = DatabaseQueue<Int>(bound: 2, batch: 1, pause: .seconds(1))
        let admissions = [queue.add(0, at: now), queue.add(1, at: now), queue.add(2, at: now)]
        #expect(admissions == [.taken, .taken, .full])
        _ = queue.take()
        #expect(queue.add(3, at: now) == .taken)
    }

    @Test func whileTheDatabaseIsAwayNobodyWaits() {
        var queue = DatabaseQueue<Int>(bound: 10, batch: 1, pause: .seconds(1))
        for number in 0..<3 { _ = queue.add(number, at: now) }
        _ = queue.take()
        let failed = queue.failed(at: now)
        #expect(failed == [1, 2] && queue.isAway(at: now + .seconds(2)))
        #expect(!queue.isAway(at: now + .seconds(4)), "nobody knows")
        #expect(queue.add(3, at: now + .milliseconds(999)) == .away)
        #expect(queue.add(4, at: now + .seconds(1)) == .taken, "it is tried again")
        #expect(queue.isAway(at: now + .seconds(1)))
        queue.succeeded()
        #expect(!queue.isAway(at: now + .seconds(1)))
        #expect(queue.add(5, at: now) == .taken)
    }

    @Test func whatIsUsedIsKept() {
        var table = RecentlyUsed<Int, String>(bound: 3)
        for number in 0..<3 { table[number] = "\(number)" }
        table[3] = "3"
        // The first is used, so that it is young again; the others are forgotten with the next ones.
        let first = table[0]
        #expect(first == "0")
        for number in 4..<6 { table[number] = "\(number)" }
        let found = (0..<6).map { table[$0] }
        #expect(found[0] == "0" && found[3] == "3" && found[4] == "4" && found[5] == "5")
        #expect(found[1] == nil && found[2] == nil)
        #expect(table.count <= 6)
        table[0] = nil
        let gone = table[0]
        #expect(gone == nil)
    }
}
