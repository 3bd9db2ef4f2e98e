/// The section `desk`.
public struct DeskSection: SettingsSection {
    public static let name = "desk"
    public static let documentation = """
        The desk line: workers, which decide what happens to tenants' tickets, and the tenants' databases.
        """

    public let partitions: Int
    public let queueMessages: Int
    public let queueBytes: Int
    public let prefetch: Int
    public let batchBound: Int
    public let stores: Secret?
    public let connections: Int
    public let hands: Int
    public let silence: Duration
    public let spillBound: Int
    public let idleEviction: Duration
    public let trustedUsers: [String]
    public let httpPort: Int
    public let schema: String
    public let signingSeed: Secret?

    public init(_ read: SectionReader) {
        partitions = read.integer(
            "partitions", default: 16, in: 1...1_024,
            "Partitions that tenants are hashed to. Fixed for good when the first worker of an installation starts.")
        queueMessages = read.integer(
            "queueMessages", default: 50_000, in: 100...10_000_000, unit: "messages",
            "What a partition's queue holds at most. Fixed when the queue is made.")
        queueBytes = read.bytes(
            "queueBytes", default: 256 << 20, in: 1 << 20...64 << 30,
            "The same in bytes of the messages' bodies.")
        prefetch = read.integer(
            "prefetch", default: 2_048, in: 1...65_535, unit: "messages",
            "Messages of one partition that a worker has and has not acknowledged, at most.")
        batchBound = read.integer(
            "batchBound", default: 200, in: 1...10_000, unit: "decisions",
            "Decisions of one tenant in a batch: what a busy tenant gets ahead of the others.")
        stores = read.secret(
            "stores",
            """
            The Postgres servers that tenants' databases lie on, as NAME=postgresql://…, with spaces between them; new \
            ones go to the least full. Without any, and always under the name “main”: the server of postgres.url.
            """)
        connections = read.integer(
            "connections", default: 200, in: 1...10_000, unit: "connections",
            """
            Connections to tenants' databases that one process keeps open: as many as there are tenants busy at a \
            time, if their servers have room for them. A tenant beyond that waits for one to be opened, of which a \
            server manages about a hundred a second. Databases that do not answer are tried beside these, by half of \
            the hands at most.
            """)
        hands = read.integer(
            "hands", default: 8, in: 1...256, unit: "threads",
            "Tenants' databases that one process is busy with at once.")
        silence = read.duration(
            "silence", default: .seconds(1), in: .milliseconds(50) ... .seconds(60),
            "After how long without an answer a tenant's database counts as away.")
        spillBound = read.integer(
            "spillBound", default: 10_000, in: 0...10_000_000, unit: "commands",
            "Commands that are kept for a tenant whose database is away; those beyond it are refused.")
        idleEviction = read.duration(
            "idleEviction", default: .seconds(900), in: .seconds(1) ... .seconds(86_400),
            "A desk that nothing happened to for so long is let go from memory.")
        let users = read.text(
            "trustedUsers", default: "turnstile", length: 1...4_096,
            "The broker's users whose commands are believed for every tenant, with commas between them.")
        trustedUsers = users.split(separator: ",").map { String($0.drop { $0 == " " }) }
        schema = read.text(
            "schema", default: "Config/schema/tenant", length: 1...4_096,
            "The folder with the schema of tenants' databases.")
        httpPort = read.integer(
            "httpPort", default: 0, in: 0...65_535,
            "Where /healthz, /readyz and /metrics are served on loopback; 0 for nowhere.")
        signingSeed = read.secret(
            "signingSeed",
            """
            What the key that signs batches is made of: 32 bytes in hexadecimal. Set by whoever starts the processes.
            """)
    }
}
