internal import Ticketing

/// What a booking can be given back for, by the policy that it was bought under. It says what the rule book decides
/// (`Ticketing`, `decideCancelBooking`), and a test holds the two together.
struct RefundTerms: Hashable, Sendable {
    let amount: Int64
    /// When it becomes less; nil where it will not, since there is nothing to be given back.
    let until: Time?

    static let nothing = RefundTerms(amount: 0, until: nil)

    /// - Parameters:
    ///   - policy: most hours first.
    ///   - worth: what the tickets cost that still hold.
    ///   - paid: what was paid and not given back.
    init(policy: [PolicyStep], startsAt: Time, worth: Int64, paid: Int64, isFree: Bool, at now: Time) {
        guard now < startsAt else {
            self = .nothing
            return
        }
        // What cost nothing can be given back until the show starts, whatever the policy.
        if isFree {
            self.init(amount: 0, until: startsAt)
            return
        }
        let left = startsAt.microseconds - now.microseconds
        guard let index = policy.firstIndex(where: { Int64($0.hoursBefore) * 3_600_000_000 <= left }),
            policy[index].percent > 0
        else {
            self = .nothing
            return
        }
        let percent = policy[index].percent
        let last = policy[index...].prefix { $0.percent >= percent }.last ?? policy[index]
        self.init(
            amount: min(Self.share(percent, of: worth), paid),
            until: Time(microseconds: startsAt.microseconds - Int64(last.hoursBefore) * 3_600_000_000))
    }

    private init(amount: Int64, until: Time?) {
        self.amount = amount
        self.until = until
    }

    /// Rounded to the nearest minor unit, halves down.
    private static func share(_ percent: Int, of amount: Int64) -> Int64 {
        let product = amount * Int64(percent)
        return product / 100 + (product % 100 > 50 ? 1 : 0)
    }
}
