/// How to reach a server and how patient to be with it.
public struct PostgresSettings: Sendable {
    public struct Host: Sendable, Hashable, CustomStringConvertible {
        /// A name, an address, or the directory of a Unix-domain socket (begins with `/`).
        ///
        /// A name is resolved by the system's resolver, whose own time limit comes on top of `connectTimeout`.
        public var name: String
        public var port: Int

        public init(_ name: String, port: Int = 5432) {
            self.name = name
            self.port = port
        }

        public var description: String { name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)" }
    }

    /// What a server must be to be taken; the others in the list are passed over.
    public enum TargetSession: String, Sendable, CaseIterable {
        case any
        case readWrite = "read-write"
        case readOnly = "read-only"
        case primary
        case standby
    }

    /// libpq's `sslmode`.
    public enum Encryption: String, Sendable, CaseIterable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// Tried in this order.
    public var hosts: [Host]
    public var user: String?
    /// Never shown in a description or an error.
    public var password: String?
    public var database: String?
    public var applicationName: String? = "turnstile"
    public var targetSession: TargetSession = .any
    public var encryption: Encryption = .prefer
    /// Further parameters by libpq's names, such as `sslrootcert`.
    public var other: [String: String] = [:]

    /// The time in which one host must have accepted the connection; the next one gets as much.
    public var connectTimeout: Duration = .seconds(5)
    /// How long the server may be silent while it owes an answer, or refuse to take what is sent. Then the connection
    /// is given up. Must be longer than the longest statement: `statementTimeout` is what ends those politely.
    public var responseTimeout: Duration = .seconds(30)
    /// How long an interrupted statement may take to end before the connection is given up instead.
    public var cancelTimeout: Duration = .seconds(1)

    /// Probes after this much idle time, at this interval, this many times; nil switches them off.
    public var keepalive: Keepalive? = Keepalive()
    /// How long sent data may stay unacknowledged by the other machine's kernel.
    public var tcpUserTimeout: Duration = .seconds(10)

    /// The server's own limits for this session; nil leaves them as they are configured there.
    public var statementTimeout: Duration?
    public var lockTimeout: Duration?
    public var idleInTransactionTimeout: Duration?

    /// How many statements a connection keeps prepared; the one not used for longest makes room.
    public var preparedStatements = 256
    /// How many notifications are kept for a reader that does not fetch them; the oldest are dropped and counted.
    public var keptNotifications = 10_000

    public struct Keepalive: Sendable, Hashable {
        public var idle: Duration = .seconds(10)
        public var interval: Duration = .seconds(3)
        public var count = 3
        public init() {}
    }

    public init(hosts: [Host], user: String? = nil, password: String? = nil, database: String? = nil) {
        self.hosts = hosts
        self.user = user
        self.password = password
        self.database = database
    }
}

extension PostgresSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the password, and without `other`, which may hold one.
    public var description: String {
        let hosts = hosts.map(\.description).joined(separator: ",")
        return "postgres://\(user.map { $0 + "@" } ?? "")\(hosts)/\(database ?? "")"
    }

    public var debugDescription: String { description }

    /// `dump` and a debugger see no more than a reader of the log.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
