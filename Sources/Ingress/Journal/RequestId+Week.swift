internal import API
internal import Pipeline
internal import Ticketing

extension RequestId {
    /// The journal's week in which it was accepted or decided.
    var week: Int { Keys.week(of: Time(microseconds: seconds * 1_000_000)) }

    /// The weeks in which it may have been decided: from the one before its own on, since a retry's request is younger
    /// than what it asks for.
    ///
    /// - Parameter now: this week.
    func weeks(now: Int) -> [Int] {
        Array(Set([week - 1, week, week + 1, now - 1, now]).filter { $0 <= now && $0 >= week - 1 }).sorted()
    }
}
