/// The section `seats`.
public struct SeatsSection: SettingsSection {
    public static let name = "seats"
    public static let documentation = "Workers of the seats line, which decide what happens to places of shows."

    public let partitions: Int
    public let spares: Int
    public let queueMessages: Int
    public let queueBytes: Int
    public let prefetch: Int
    public let batchBound: Int
    public let groupBound: Int
    public let memoryBound: Int
    public let idleEviction: Duration
    public let backlogBytes: Int
    public let trustedUsers: [String]
    public let httpPort: Int
    public let signingSeed: Secret?

    public init(_ read: SectionReader) {
        partitions = read.integer(
            "partitions", default: 64, in: 1...1_024,
            "Partitions that events are hashed to. Fixed for good when the first worker of an installation starts.")
        spares = read.integer(
            "spares", default: 16, in: 0...1_024,
            "Partitions besides, which events under load can be moved to. Fixed like their number.")
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
            "batchBound", default: 500, in: 1...10_000, unit: "decisions", "Decisions of one partition in a batch.")
        groupBound = read.integer(
            "groupBound", default: 1_000, in: 1...20_000, unit: "decisions",
            "Decisions that one transaction writes; an event's arrears may add to them.")
        memoryBound = read.bytes(
            "memoryBound", default: 512 << 20, in: 16 << 20...64 << 30,
            "Memory of loaded events, estimated, above which those that were not used lately are let go.")
        idleEviction = read.duration(
            "idleEviction", default: .seconds(900), in: .seconds(1) ... .seconds(86_400),
            "An event that nothing happened to for so long is let go, whatever the memory.")
        backlogBytes = read.bytes(
            "backlogBytes", default: 16 << 20, in: 64 << 10...4 << 30,
            """
            Replies and changes that wait for the broker; what comes beyond is dropped and counted, and its readers \
            ask the database.
            """)
        let users = read.text(
            "trustedUsers", default: "turnstile", length: 1...4_096,
            "The broker's users whose commands are believed for every tenant, with commas between them.")
        trustedUsers = users.split(separator: ",").map { String($0.drop { $0 == " " }) }
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
