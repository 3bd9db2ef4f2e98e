/// What no event can exceed: every loop and table of the rule book is bounded by one of these.
public enum Bounds {
    public static let shows = 200
    public static let placesPerShow = 200_000
    public static let placesPerEvent = 2_000_000
    public static let tiers = 100
    public static let sectionsPerShow = 1_000
    public static let nameBytes = 255
    /// Also the most tickets that an event can allow a buyer.
    public static let placesPerReservation = 100
    public static let placesPerBlock = 1_000
    public static let policySteps = 20
    public static let performers = 100
    public static let price: Int64 = 1_000_000_000_000
    public static let seconds = Seconds(86_400)
    public static let passOvers = 1_000
    /// Changes of price or policy that an event can see: each is kept, since what was sold keeps its terms.
    public static let termsPerEvent = 10_000
    public static let paymentAttempts = 20
    public static let refundsPerPayment = 200
    /// How many disputes of a payment, and how many refunds made on the provider's own page, are kept: the numbers of
    /// the latter are the last ones below 256, which ours never reach.
    public static let reportsPerPayment = 50
    /// How far behind the first in line the rule book looks for somebody whose party fits.
    public static let lookAhead = 50
    /// How long places gather for an entry that was passed over as often as the event allows.
    public static let gathering = Seconds(600)
    /// Ended reservations without a payment, and ended waitlist entries, are known for this long.
    public static let remembered = Seconds(86_400)
    /// Forgetting is spread: this many at most in one decision.
    public static let forgottenPerDecision = 64
    public static let rowsPerDecision = 1_000
    public static let unwoundPerDecision = 500
    /// The end of the year 9999: later times are a mistake.
    public static let latest = Time(microseconds: 253_402_300_799_000_000)
}
