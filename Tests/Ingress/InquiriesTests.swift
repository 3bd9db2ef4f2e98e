import Runtime
import Testing

@testable import Ingress

@Suite struct InquiriesTests {
    private var inquiries = Inquiries<Int>(bound: 10, most: 4, interval: .milliseconds(100))
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private mutating func add(_ numbers: some Sequence<Int>) -> [Bool] { numbers.map { inquiries.add($0) } }

    @Test mutating func whoComesIsLookedUpAtOnceAndNobodyElseIs() {
        _ = add(1...3)
        #expect(inquiries.take(at: start) == [1, 2, 3])
        inquiries.putBack([1, 2, 3])
        _ = add([4])
        #expect(inquiries.take(at: start + .milliseconds(10)) == [4])
        inquiries.putBack([4])
        #expect(inquiries.take(at: start + .milliseconds(99)) == [])
        #expect(inquiries.take(at: start + .milliseconds(100)) == [1, 2, 3, 4])
        #expect(inquiries.count == 0)
    }

    @Test mutating func whoeverWaitsHasHisTurn() {
        _ = add(1...6)
        #expect(inquiries.take(at: start) == [1, 2, 3, 4])
        inquiries.putBack([1, 2, 3, 4])
        #expect(inquiries.take(at: start) == [5, 6])
        inquiries.putBack([5, 6])
        // Of four, two are for those who wait, however many come.
        _ = add(7...10)
        #expect(inquiries.take(at: start + .milliseconds(100)) == [1, 2, 7, 8])
        inquiries.putBack([1, 2, 7, 8])
        #expect(inquiries.take(at: start + .milliseconds(110)) == [9, 10])
        #expect(inquiries.take(at: start + .milliseconds(200)) == [3, 4, 5, 6])
        #expect(inquiries.take(at: start + .milliseconds(300)) == [1, 2, 7, 8])
    }

    @Test mutating func onlySoManyWait() {
        #expect(add(1...11) == Array(repeating: true, count: 10) + [false])
        _ = inquiries.take(at: start)
        #expect(add([11]) == [true])
    }

    @Test mutating func inTheEndNobodyIsKeptWaiting() {
        _ = add(1...3)
        inquiries.putBack(inquiries.take(at: start))
        #expect(inquiries.take(at: start, isLast: true) == [1, 2, 3])
        _ = add(4...9)
        inquiries.putBack([1])
        #expect(inquiries.removeAll() == [1, 4, 5, 6, 7, 8, 9] && inquiries.count == 0)
    }
}
