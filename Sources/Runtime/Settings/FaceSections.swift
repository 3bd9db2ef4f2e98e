/// The section `api`: what both HTTP faces need.
public struct APISection: SettingsSection {
    public static let name = "api"
    public static let documentation = "What the ingress and the query server have in common."

    public let requestKey: Secret?
    public let ticketSeed: Secret?
    public let keyRefresh: Duration
    public let proxies: String

    public init(_ read: SectionReader) {
        requestKey = read.secret(
            "requestKey",
            """
            What request ids are authenticated with: 32 bytes in hexadecimal. Set by whoever starts the processes.
            """)
        ticketSeed = read.secret(
            "ticketSeed",
            """
            What the key that signs tickets' codes is made of: 32 bytes in hexadecimal. Set by whoever starts the \
            processes.
            """)
        keyRefresh = read.duration(
            "keyRefresh", default: .seconds(1), in: .milliseconds(50) ... .seconds(5),
            "How often known keys are looked up again: how long a revoked one is still taken.")
        proxies = read.text(
            "proxies", default: "127.0.0.1, ::1", length: 0...4_096,
            form: (words: "that is addresses in figures, with commas between them", isGood: Self.isList),
            """
            Gateways, whose word is taken for where a request comes from and which host it was sent to. Only those \
            whose connections come from these addresses.
            """)
    }
}

extension APISection {
    /// What an address is, whoever reads it finds out: here, that it can be one.
    private static func isList(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: " "):
                true
            default: false
            }
        }
    }
}

/// The section `ingress`.
public struct IngressSection: SettingsSection {
    public static let name = "ingress"
    public static let documentation = "Processes that take commands over HTTP."

    public let port: Int
    public let address: String
    public let internalPort: Int
    public let internalAddress: String
    public let defaultWait: Duration
    public let accountWait: Duration
    public let confirmTimeout: Duration
    public let askAfter: Duration
    public let deskAskAfter: Duration
    public let partitionBound: Int
    public let totalBound: Int
    public let usefulWait: Duration
    public let deskPartitionBound: Int
    public let deskTotalBound: Int

    public init(_ read: SectionReader) {
        port = read.integer(
            "port", default: 8_081, in: 0...65_535, "Where it listens; 0: the system chooses.")
        address = read.text(
            "address", default: "127.0.0.1", length: 1...64, "The address that it listens on, in figures.")
        internalPort = read.integer(
            "internalPort", default: 8_083, in: 0...65_535,
            "Where the internal listener is, which no gateway leads to; 0: the system chooses.")
        internalAddress = read.text(
            "internalAddress", default: "127.0.0.1", length: 1...64,
            "The address of the internal listener. Whoever reaches it is believed: keep it to yourself.")
        defaultWait = read.duration(
            "defaultWait", default: .seconds(5), in: .zero ... .seconds(60),
            "How long a write waits for its decision, unless its client says otherwise.")
        accountWait = read.duration(
            "accountWait", default: .seconds(30), in: .zero ... .seconds(60),
            "The same for a request for an account, whose database has to be made.")
        confirmTimeout = read.duration(
            "confirmTimeout", default: .seconds(1), in: .milliseconds(50) ... .seconds(30),
            "How long the broker may take to confirm a command before its outcome counts as unknown.")
        askAfter = read.duration(
            "askAfter", default: .milliseconds(500), in: .milliseconds(50) ... .seconds(10),
            "After how long without a reply the journal is asked.")
        deskAskAfter = read.duration(
            "deskAskAfter", default: .seconds(3), in: .milliseconds(50) ... .seconds(10),
            """
            The same for a tenant's journal, which needs a session with the tenant's database: a desk worker that has \
            many of them to open must not be slowed by those who ask what it does.
            """)
        partitionBound = read.integer(
            "partitionBound", default: 200_000, in: 10...10_000_000, unit: "commands",
            """
            Commands of one partition that are accepted and undecided at most, over all ingresses. Reservations are \
            turned away from four fifths of it on.
            """)
        totalBound = read.integer(
            "totalBound", default: 500_000, in: 10...10_000_000, unit: "commands",
            "Commands that one ingress has accepted and that are undecided, at most.")
        usefulWait = read.duration(
            "usefulWait", default: .seconds(60), in: .seconds(1) ... .seconds(3_600),
            "Reservations and new tickets that would be decided later than this are turned away at once.")
        deskPartitionBound = read.integer(
            "deskPartitionBound", default: 50_000, in: 10...10_000_000, unit: "commands",
            """
            The same as partitionBound for the desk line: its partitions are shared by many tenants. New tickets are \
            turned away from four fifths of it on.
            """)
        deskTotalBound = read.integer(
            "deskTotalBound", default: 200_000, in: 10...10_000_000, unit: "commands",
            "The same as totalBound for the desk line.")
    }
}

/// The section `query`.
public struct QuerySection: SettingsSection {
    public static let name = "query"
    public static let documentation = "Processes that answer reads over HTTP."

    public let port: Int
    public let streamPort: Int
    public let address: String
    public let replicaURL: Secret?
    public let maxStreams: Int
    public let memoryBound: Int

    public init(_ read: SectionReader) {
        port = read.integer("port", default: 8_082, in: 0...65_535, "Where it listens; 0: the system chooses.")
        streamPort = read.integer(
            "streamPort", default: 8_088, in: 0...65_535,
            "Where streams of changes are served, apart from other reads; 0: the system chooses.")
        address = read.text(
            "address", default: "127.0.0.1", length: 1...64, "The address that it listens on, in figures.")
        replicaURL = read.secret(
            "replicaURL", "A standby for lists and the catalogue, like postgres.url. Without one, the primary is asked."
        )
        maxStreams = read.integer(
            "maxStreams", default: 10_000, in: 1...100_000, unit: "connections", "Streams that are open at most.")
        memoryBound = read.bytes(
            "memoryBound", default: 512 << 20, in: 16 << 20...64 << 30,
            "Memory of seat maps, estimated, above which those that were not read lately are let go.")
    }
}
