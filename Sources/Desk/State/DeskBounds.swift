/// What no desk can exceed: every loop and table of the rule book is bounded by one of these.
public enum DeskBounds {
    public static let classes = 20
    public static let nameBytes = 64
    public static let agents = 1_000
    public static let minutesPerTicket = 240
    /// The longest limit: a week.
    public static let limitMinutes = 10_080
    public static let softAssignSeconds = 300
    /// Tickets that a desk's agents can do within its longest limit: no more are ever open.
    public static let openTickets = 500_000
    /// Ended tickets are known for this long.
    public static let rememberedSeconds = 86_400
    /// Forgetting is spread: this many at most in one decision.
    public static let forgottenPerDecision = 64
    /// Tickets of which one decision says that they began or ended.
    public static let ticketsPerDecision = 500
    public static let rowsPerDecision = 1_000
    /// The end of the year 9999: later times are a mistake.
    public static let latest = DeskTime(microseconds: 253_402_300_799_000_000)
}
