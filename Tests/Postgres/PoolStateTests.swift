import Runtime
import Testing

@testable import Postgres

@Suite struct PoolStateTests {
    private var limits: PoolState.Limits {
        PoolState.Limits(
            size: 2, idleTimeout: .seconds(10), maximumLifetime: .seconds(100), firstBackoff: .seconds(1),
            maximumBackoff: .seconds(4))
    }

    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    /// A pool whose two connections are in use.
    private func busy() -> PoolState {
        var state = PoolState(limits: limits)
        for caller: UInt64 in [1, 2] {
            #expect(state.acquire(caller, deadline: at(5), now: at(0)) == .open(caller))
            #expect(state.opened(caller, now: at(0)).isEmpty)
        }
        return state
    }

    @Test func `connections are opened up to the size and then waited for`() {
        var state = busy()
        #expect(state.acquire(3, deadline: at(5), now: at(1)) == .wait(until: at(5)))
        #expect(state.acquire(3, deadline: at(5), now: at(5)) == .fail(.timedOut))
        #expect(state.waitingCount == 0)
    }

    @Test func `who waited longest is served first and nobody cuts in`() {
        var state = busy()
        #expect(state.acquire(3, deadline: at(5), now: at(1)) == .wait(until: at(5)))
        #expect(state.acquire(4, deadline: at(6), now: at(1)) == .wait(until: at(6)))
        let released = state.release(1, isUsable: true, now: at(2))
        #expect(released.keep)
        #expect(released.wake == [3])
        #expect(state.acquire(5, deadline: at(9), now: at(2)) == .wait(until: at(9)))
        #expect(state.acquire(4, deadline: at(6), now: at(2)) == .wait(until: at(6)))
        #expect(state.acquire(3, deadline: at(5), now: at(2)) == .use(1))
    }

    @Test func `a broken connection is replaced by whoever waits`() {
        var state = busy()
        #expect(state.acquire(3, deadline: at(5), now: at(1)) == .wait(until: at(5)))
        let released = state.release(2, isUsable: false, now: at(2))
        #expect(!released.keep)
        #expect(released.wake == [3])
        #expect(state.acquire(3, deadline: at(5), now: at(2)) == .open(3))
    }

    @Test func `the connection used last is given out first`() {
        var state = busy()
        _ = state.release(2, isUsable: true, now: at(1))
        _ = state.release(1, isUsable: true, now: at(2))
        #expect(state.acquire(3, deadline: at(5), now: at(3)) == .use(1))
    }

    @Test func `idle connections are closed at their time and old ones when they come back`() {
        var state = busy()
        _ = state.release(1, isUsable: true, now: at(2))
        #expect(state.nextExpiry == at(12))
        #expect(state.takeExpired(now: at(11)).isEmpty)
        #expect(state.takeExpired(now: at(12)) == [1])
        #expect(state.nextExpiry == nil)
        #expect(!state.release(2, isUsable: true, now: at(100)).keep)
        #expect(state.count == 0)
    }

    @Test func `an idle connection near its greatest age is closed before its idle time is over`() {
        var state = busy()
        _ = state.release(1, isUsable: true, now: at(95))
        #expect(state.nextExpiry == at(100))
    }

    @Test func `while the server is away attempts are spaced out and callers told at once`() {
        var state = PoolState(limits: limits)
        #expect(state.acquire(1, deadline: at(5), now: at(0)) == .open(1))
        #expect(state.openFailed(1, now: at(0), jitter: 1).isEmpty)
        // The next attempt is at 1 s: beyond this one's deadline, within that one's.
        #expect(state.acquire(2, deadline: MonotonicTime(nanoseconds: 500_000_000), now: at(0)) == .fail(.unavailable))
        #expect(state.acquire(3, deadline: at(5), now: at(0)) == .wait(until: at(1)))
        #expect(state.acquire(4, deadline: at(5), now: at(0)) == .wait(until: at(1)))
        // Then one tries, and the other waits for what comes of it.
        #expect(state.acquire(3, deadline: at(5), now: at(1)) == .open(2))
        #expect(state.acquire(4, deadline: at(5), now: at(1)) == .wait(until: at(5)))
        #expect(state.openFailed(2, now: at(1), jitter: 1) == [4])
        #expect(state.acquire(4, deadline: at(5), now: at(1)) == .wait(until: at(3)))
        #expect(state.acquire(4, deadline: at(5), now: at(3)) == .open(3))
        #expect(state.openFailed(3, now: at(3), jitter: 1).isEmpty)
        // Doubled up to the bound: 1, 2, 4, 4.
        #expect(state.acquire(5, deadline: at(9), now: at(3)) == .wait(until: at(7)))
        #expect(state.acquire(5, deadline: at(9), now: at(7)) == .open(4))
        #expect(state.opened(4, now: at(8)).isEmpty)
        #expect(state.acquire(6, deadline: at(9), now: at(8)) == .open(5))
    }

    @Test func `jitter takes off at most half of the back-off`() {
        var state = PoolState(limits: limits)
        _ = state.acquire(1, deadline: at(5), now: at(0))
        _ = state.openFailed(1, now: at(0), jitter: 0)
        #expect(
            state.acquire(2, deadline: at(5), now: at(0)) == .wait(until: MonotonicTime(nanoseconds: 500_000_000)))
    }

    @Test func `closing turns callers away and drains`() {
        var state = busy()
        _ = state.release(1, isUsable: true, now: at(1))
        #expect(state.acquire(3, deadline: at(5), now: at(1)) == .use(1))
        #expect(state.acquire(4, deadline: at(5), now: at(1)) == .wait(until: at(5)))
        _ = state.release(1, isUsable: true, now: at(2))
        let closed = state.close()
        #expect(closed.close == [1])
        #expect(closed.wake == [4])
        #expect(state.acquire(4, deadline: at(5), now: at(2)) == .fail(.closed))
        #expect(!state.isDrained)
        #expect(!state.release(2, isUsable: true, now: at(3)).keep)
        #expect(state.isDrained)
    }
}
