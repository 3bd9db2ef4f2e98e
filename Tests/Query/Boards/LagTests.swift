import Runtime
import Testing
import Ticketing
import Wire

@testable import Query

@Suite struct LagTests {
    private let now = MonotonicTime(nanoseconds: 0)

    private func line(_ version: UInt64, isEmpty: Bool = false) -> ChangeLine {
        ChangeLine(show: ModelShow.id, version: version, changes: isEmpty ? [] : [.line(tier: 0, waiting: 1)])
    }

    @Test func whileNothingIsMissingNothingIsKept() {
        var lag = Lag()
        let isKept = lag.keep(line(2))
        #expect(!isKept && !lag.isOpen)
        #expect(lag.end() == [])
    }

    @Test func whatComesMeanwhileIsKept() {
        var lag = Lag()
        lag.begin(with: line(5))
        #expect(lag.isOpen && lag.isAskedFor)
        let kept = [lag.keep(line(6)), lag.keep(line(7, isEmpty: true))]
        #expect(kept == [true, true])
        let versions = lag.end().map(\.version)
        #expect(versions == [5, 6])
        #expect(!lag.isOpen && !lag.isAskedFor)
    }

    @Test func onlySoMuchIsKept() {
        var lag = Lag()
        lag.begin(with: nil)
        for version in 1...UInt64(Lag.bound + 5) { _ = lag.keep(line(version)) }
        let count = lag.end().count
        #expect(count == Lag.bound)
    }

    @Test func whatWasStoredAMomentAgoMayBeOnItsWay() {
        var lag = Lag()
        let found = [
            lag.confirm(7, own: 5, at: now),
            // Too soon.
            lag.confirm(7, own: 5, at: now + .milliseconds(100)),
            lag.confirm(9, own: 5, at: now + .milliseconds(160)),
            // It is being looked up.
            lag.confirm(9, own: 5, at: now + .seconds(1)),
        ]
        #expect(found == [false, false, true, false])
        #expect(lag.isOpen)
    }

    @Test func whatHasComeMeanwhileIsNotMissing() {
        var lag = Lag()
        let found = [
            lag.confirm(7, own: 5, at: now),
            // The next ones are stored already, but those that were asked for have come.
            lag.confirm(12, own: 7, at: now + .seconds(1)), lag.confirm(12, own: 12, at: now + .seconds(2)),
            lag.confirm(13, own: 12, at: now + .seconds(3)), lag.confirm(13, own: 12, at: now + .seconds(4)),
        ]
        #expect(found == [false, false, false, false, true])
    }
}
