/// The section `accounts`.
public struct AccountsSection: SettingsSection {
    public static let name = "accounts"
    public static let documentation = "Tenants of the desk: how they come, and how they prove who they are."

    /// What guessing a password costs whoever has stolen its hash, and what checking one costs us.
    public enum PasswordCost: String, Sendable, CaseIterable {
        /// 64 MiB and some 50 ms.
        case interactive
        /// 256 MiB and some 500 ms.
        case moderate
        /// Next to nothing: for tests.
        case lowest
    }

    public let signUps: Bool
    public let signUpsPerHour: Int
    public let sessionHours: Int
    public let passwordCost: PasswordCost
    public let passwordThreads: Int
    public let passwordsWaiting: Int
    public let freeFailures: Int
    public let freeFailuresPerAddress: Int
    public let failurePause: Duration
    public let longestFailurePause: Duration
    public let endedRefresh: Duration

    public init(_ read: SectionReader) {
        signUps = read.boolean("signUps", default: true, "Whether anybody may ask for an account.")
        signUpsPerHour = read.integer(
            "signUpsPerHour", default: 20, in: 1...1_000_000, unit: "accounts",
            "What one address may ask for in an hour, of each ingress.")
        sessionHours = read.integer(
            "sessionHours", default: 12, in: 1...8_760, unit: "hours", "How long a login is good for.")
        passwordCost = read.choice(
            "passwordCost", default: PasswordCost.interactive,
            """
            How dear it is to check a password, by Argon2id: interactive takes 64 MiB, moderate 256 MiB and ten times \
            as long, lowest is for tests. What was hashed at another cost is hashed anew at its next login.
            """)
        passwordThreads = read.integer(
            "passwordThreads", default: 2, in: 1...64, unit: "threads",
            "Passwords that one ingress checks at once; each takes its memory meanwhile.")
        passwordsWaiting = read.integer(
            "passwordsWaiting", default: 64, in: 1...10_000, unit: "passwords",
            "Those that wait for it at most; callers beyond it are sent away for a while.")
        freeFailures = read.integer(
            "freeFailures", default: 5, in: 0...1_000, unit: "logins",
            "Wrong passwords for one account before it is slowed.")
        freeFailuresPerAddress = read.integer(
            "freeFailuresPerAddress", default: 20, in: 0...100_000, unit: "logins",
            "Wrong passwords from one address before it is slowed, whatever the accounts.")
        failurePause = read.duration(
            "failurePause", default: .seconds(1), in: .milliseconds(10) ... .seconds(3_600),
            "How long the next try has to wait then; after each further failure twice as long.")
        longestFailurePause = read.duration(
            "longestFailurePause", default: .seconds(900), in: .milliseconds(10) ... .seconds(86_400),
            "The longest of these pauses; after as long without a failure all is forgotten.")
        endedRefresh = read.duration(
            "endedRefresh", default: .seconds(1), in: .milliseconds(50) ... .seconds(2),
            "How often each process asks which sessions have ended: how long one may still be taken after its logout.")
    }
}
