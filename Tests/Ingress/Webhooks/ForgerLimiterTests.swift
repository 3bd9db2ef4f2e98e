import Runtime
import Testing

@testable import Ingress

/// Who is not listened to, and for how long.
@Suite struct ForgerLimiterTests {
    private let limiter = ForgerLimiter()
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func forge(_ count: Int, from address: String, at time: MonotonicTime) {
        for _ in 0..<count { limiter.note(address, at: time) }
    }

    @Test func aFewAreForgivenAndManyAreNot() {
        forge(19, from: "a", at: start)
        #expect(limiter.pause(of: "a", at: start) == nil)
        forge(1, from: "a", at: start)
        #expect(limiter.pause(of: "a", at: start) == 11)
        #expect(limiter.pause(of: "b", at: start) == nil)
    }

    @Test func thePauseEndsWithTheWindowAndTheCountBeginsAnew() {
        forge(25, from: "a", at: start)
        #expect(limiter.pause(of: "a", at: start + .seconds(9)) == 2)
        #expect(limiter.pause(of: "a", at: start + .milliseconds(9_999)) == 1)
        #expect(limiter.pause(of: "a", at: start + .seconds(10)) == nil)
        forge(19, from: "a", at: start + .seconds(10))
        #expect(limiter.pause(of: "a", at: start + .seconds(10)) == nil)
        forge(1, from: "a", at: start + .seconds(11))
        #expect(limiter.pause(of: "a", at: start + .seconds(11)) == 10)
    }

    @Test func whoeverIsSlowIsNeverLimited() {
        for second in 0..<200 {
            limiter.note("a", at: start + .seconds(second))
            #expect(limiter.pause(of: "a", at: start + .seconds(second)) == nil)
        }
    }

    /// From more addresses than are kept, the old ones go first; where none is old, all do.
    @Test func noMoreAreKeptThanThereIsRoomFor() {
        for number in 0..<9_999 { limiter.note("old-\(number)", at: start) }
        forge(20, from: "a", at: start + .seconds(9))
        limiter.note("b", at: start + .seconds(11))
        #expect(limiter.pause(of: "a", at: start + .seconds(11)) != nil)
        for number in 0..<9_999 { limiter.note("new-\(number)", at: start + .seconds(12)) }
        #expect(limiter.pause(of: "a", at: start + .seconds(12)) == nil)
    }
}
