/// Prices and refund policy of a time. What was sold keeps the terms that it was sold under.
final class Terms: Sendable {
    let number: Int
    let tiers: [TierSpec]
    /// Sorted, most hours first.
    let policy: [PolicyStep]

    init(number: Int, tiers: [TierSpec], policy: [PolicyStep]) {
        self.number = number
        self.tiers = tiers
        self.policy = policy
    }

    /// What is given back at `now` of a show that starts then, in percent; nil where it is too late.
    func refundPercent(startsAt: Time, now: Time) -> Int? {
        guard now < startsAt else { return nil }
        let left = startsAt.microseconds - now.microseconds
        return policy.first { Int64($0.hoursBefore) * 3_600_000_000 <= left }?.percent
    }

    /// A share of an amount, rounded to the nearest minor unit, halves down.
    static func share(_ percent: Int, of amount: Int64) -> Int64 {
        let product = amount * Int64(percent)
        return product / 100 + (product % 100 > 50 ? 1 : 0)
    }
}
