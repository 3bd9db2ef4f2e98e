/// When work on waiting tickets of a desk whose slots may move begins, as things stand: for whoever has the tables and
/// not the state. It says what `DeskState.forecast` says.
public struct DeskForecast: Sendable {
    private var plan: Plan

    /// A desk that nobody waits at.
    public init(_ settings: DeskSettings, at now: DeskTime) {
        plan = Plan(settings, from: now.minute + 1)
    }

    /// As many tickets and kept slots wait whose limit ends then.
    public mutating func wait(_ count: Int, for resolveBy: DeskTime) {
        // Late by a moment: what should have begun is not written yet, and is done first.
        plan.expect(count, by: max(resolveBy.minute, plan.base))
    }

    /// An agent has work until then.
    public mutating func work(until end: DeskTime) {
        if end.minute > plan.base { plan.occupy(until: end.minute) }
    }

    /// The start of the last of those whose limit ends then.
    public func start(for resolveBy: DeskTime) -> DeskTime {
        let start = min(plan.forecast(deadline: resolveBy.minute, more: 0), resolveBy.minute - plan.length)
        return DeskTime(minute: max(plan.base, start))
    }
}
