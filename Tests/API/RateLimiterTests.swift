import API
import Runtime
import Testing

@Suite struct RateLimiterTests {
    private let time = ManualTime()

    @Test func aSecondsWorthIsLetThroughAndFillsEvenly() {
        let limiter = RateLimiter(time: time)
        for left in stride(from: 9, through: 0, by: -1) {
            #expect(limiter.take(from: "k", limit: 10) == .init(limit: 10, remaining: left, retryAfter: 0))
        }
        #expect(limiter.take(from: "k", limit: 10).retryAfter == 1)
        #expect(limiter.take(from: "other", limit: 10).isAllowed)
        time.advance(by: .milliseconds(100))
        #expect(limiter.take(from: "k", limit: 10).isAllowed)
        #expect(!limiter.take(from: "k", limit: 10).isAllowed)
        time.advance(by: .seconds(100))
        #expect(limiter.take(from: "k", limit: 10).remaining == 9)
    }

    @Test func theLimitIsSharedOut() {
        let limiter = RateLimiter(time: time)
        limiter.share(among: 3)
        #expect(limiter.take(from: "k", limit: 10).limit == 3)
        limiter.share(among: 100)
        #expect(limiter.take(from: "k", limit: 10).limit == 1)
    }

    @Test func whatIsLargerThanTheLimitIsPaidForAfterwards() {
        let limiter = RateLimiter(time: time)
        #expect(limiter.take(30, from: "k", limit: 10).isAllowed)
        time.advance(by: .seconds(2))
        #expect(!limiter.take(from: "k", limit: 10).isAllowed)
        time.advance(by: .milliseconds(1_100))
        #expect(limiter.take(from: "k", limit: 10).isAllowed)
    }
}
