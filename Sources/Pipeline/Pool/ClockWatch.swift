internal import Runtime
internal import Ticketing

/// Compares this process's clock with the database's at each beat. Steps of the database's clock are not followed, but
/// whoever is far from it takes nothing new.
struct ClockWatch {
    enum Finding: Equatable {
        case drifts(microseconds: Int64)
        case agrees
    }

    let tolerance: Duration
    private(set) var isDrifting = false
    /// The database's clock as it was at some beat, how long after the question it was known, and when that was.
    private var reference: (time: Time, at: MonotonicTime, uncertainty: Duration)?

    init(tolerance: Duration) { self.tolerance = tolerance }

    /// - Parameters:
    ///   - time: the answer, which was made between the question and now.
    ///   - hasOwnTime: the worker has partitions, each with a time that goes on as it was taken over.
    /// - Returns: what is found for the first time.
    mutating func look(
        at time: Time, asked: MonotonicTime, now: MonotonicTime, hasOwnTime: Bool
    ) -> Finding? {
        let uncertainty = now - asked
        guard let known = reference else {
            reference = (time, now, uncertainty)
            defer { isDrifting = false }
            return isDrifting ? .agrees : nil
        }
        let expected = known.time.advanced(by: now - known.at)
        let (difference, overflow) = time.microseconds.subtractingReportingOverflow(expected.microseconds)
        let tolerance = tolerance + uncertainty + known.uncertainty
        let isFar = overflow || difference.magnitude > UInt64(max(0, tolerance.microseconds))
        // The better of two looks is kept.
        if !isFar, uncertainty < known.uncertainty { reference = (time, now, uncertainty) }
        if isFar, !hasOwnTime { reference = nil }
        defer { isDrifting = isFar }
        guard isFar != isDrifting else { return nil }
        return isFar ? .drifts(microseconds: difference) : .agrees
    }
}
