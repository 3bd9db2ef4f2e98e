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
