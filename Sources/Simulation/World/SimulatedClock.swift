internal import Runtime
internal import Ticketing

/// The database's wall clock: it goes with the time, and jumps when it is told to.
struct SimulatedClock {
    private var offset: Int64

    /// - Parameter start: what it shows when the monotonic clock shows nothing.
    init(start: Time) { offset = start.microseconds }

    func time(at now: MonotonicTime) -> Time { Time(microseconds: offset + now.nanoseconds / 1_000) }

    mutating func jump(microseconds: Int64) { offset += microseconds }
}

extension Time {
    /// Whole weeks since Monday, 1969-12-29, in UTC: how the journal is split.
    var week: Int64 {
        let days = microseconds >= 0 ? microseconds / 86_400_000_000 : (microseconds + 1) / 86_400_000_000 - 1
        return (days + 3) / 7
    }
}
