/// The section `effects`.
public struct EffectsSection: SettingsSection {
    public static let name = "effects"
    public static let documentation = "Work outside the database: providers, mail, webhooks."

    public let handlers: Int
    public let visibility: Duration
    public let orphanedAfter: Duration
    public let sweepInterval: Duration
    /// By kind.
    public let attempts: [String: Int]

    /// About a day.
    public static let usualAttempts = 150
    /// As the pipeline names them.
    private static let kinds = ["payments", "incidents", "accounts"]

    public init(_ read: SectionReader) {
        handlers = read.integer(
            "handlers", default: 8, in: 1...256, unit: "threads", "Effects that one process works on at once.")
        visibility = read.duration(
            "visibility", default: .seconds(120), in: .milliseconds(100) ... .seconds(3_600),
            "How long an attempt may take; then the effect is taken again, whatever became of it.")
        orphanedAfter = read.duration(
            "orphanedAfter", default: .seconds(10), in: .milliseconds(100) ... .seconds(3_600),
            """
            After how long without a session to the database a worker counts as gone: what it had in hand is taken by \
            others then, sooner than its visibility ends. Longer than one that lives may need to be back.
            """)
        sweepInterval = read.duration(
            "sweepInterval", default: .seconds(1), in: .milliseconds(10) ... .seconds(60),
            "How often each process looks for effects that it was not woken for.")
        var attempts: [String: Int] = [:]
        for kind in Self.kinds {
            attempts[kind] = read.integer(
                "\(kind)Attempts", default: Self.usualAttempts, in: 1...100_000, unit: "attempts",
                "After so many attempts, the later ones ten minutes apart, an effect for the \(kind) pool is "
                    + "parked.")
        }
        self.attempts = attempts
    }
}
