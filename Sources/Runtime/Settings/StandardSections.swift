/// The sections of the parts that every installation has.
public enum StandardSections {
    public static let all: [any SettingsSection.Type] = [
        LogSection.self, PostgresSection.self, RabbitMQSection.self, HTTPSection.self, SupervisorSection.self,
        SeatsSection.self, DeskSection.self, AccountsSection.self, APISection.self, IngressSection.self,
        QuerySection.self, GatewaySection.self, PaymentsSection.self, EffectsSection.self, SandboxSection.self,
    ]
}

/// The section `postgres`.
public struct PostgresSection: SettingsSection {
    public static let name = "postgres"
    public static let documentation = "Connections to Postgres."

    public let url: Secret?
    public let connectTimeout: Duration
    public let statementTimeout: Duration
    public let lockTimeout: Duration
    public let idleInTransactionTimeout: Duration
    public let keepaliveTimeout: Duration
    public let poolSize: Int
    public let poolWait: Duration
    public let reconnectFirst: Duration
    public let reconnectMost: Duration

    public init(_ read: SectionReader) {
        url = read.secret(
            "url",
            """
            Where it is: a connection string or a postgresql:// URL, with several hosts where there is a standby. Set \
            by whoever starts the processes.
            """)
        connectTimeout = read.duration(
            "connectTimeout", default: .seconds(5), in: .milliseconds(100) ... .seconds(60),
            "How long one attempt to connect may take.")
        statementTimeout = read.duration(
            "statementTimeout", default: .seconds(10), in: .milliseconds(10) ... .seconds(600),
            "How long one statement may run before the server ends it.")
        lockTimeout = read.duration(
            "lockTimeout", default: .seconds(5), in: .milliseconds(10) ... .seconds(600),
            "How long a statement may wait for a lock.")
        idleInTransactionTimeout = read.duration(
            "idleInTransactionTimeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(600),
            """
            How long a transaction may stand open without a statement: what cuts off a process that was stopped in its \
            midst.
            """)
        keepaliveTimeout = read.duration(
            "keepaliveTimeout", default: .seconds(10), in: .seconds(1) ... .seconds(600),
            "After how long without an answer from the network a connection counts as lost.")
        poolSize = read.integer(
            "poolSize", default: 8, in: 1...1_000, unit: "connections", "Connections that a process opens at most.")
        poolWait = read.duration(
            "poolWait", default: .seconds(5), in: .milliseconds(1) ... .seconds(60),
            "How long a caller waits for a free connection.")
        reconnectFirst = read.duration(
            "reconnectFirst", default: .milliseconds(100), in: .milliseconds(1) ... .seconds(60),
            "The pause after the first failed attempt to connect; it doubles each time, with jitter.")
        reconnectMost = read.duration(
            "reconnectMost", default: .seconds(5), in: .milliseconds(1) ... .seconds(600),
            "The longest pause between attempts to connect.")
    }
}

/// The section `rabbitmq`.
public struct RabbitMQSection: SettingsSection {
    public static let name = "rabbitmq"
    public static let documentation = "Connections to RabbitMQ."

    public let url: Secret?
    public let heartbeat: Duration
    public let connectTimeout: Duration
    public let rpcTimeout: Duration
    public let publishWindow: Int
    public let confirmTimeout: Duration
    public let prefetch: Int
    public let reconnectFirst: Duration
    public let reconnectMost: Duration

    public init(_ read: SectionReader) {
        url = read.secret(
            "url",
            "Where it is: an amqp:// URL with user, password and virtual host. Set by whoever starts the processes.")
        heartbeat = read.duration(
            "heartbeat", default: .seconds(5), in: .seconds(1) ... .seconds(600),
            "How often each side says that it is there; a silent peer is found after two to three of them.")
        connectTimeout = read.duration(
            "connectTimeout", default: .seconds(5), in: .milliseconds(100) ... .seconds(60),
            "How long one attempt to connect and log in may take.")
        rpcTimeout = read.duration(
            "rpcTimeout", default: .seconds(5), in: .milliseconds(100) ... .seconds(60),
            "How long the broker may take to answer a declaration or to open a channel.")
        publishWindow = read.integer(
            "publishWindow", default: 1_024, in: 1...65_536, unit: "messages",
            "Messages that a publisher has on the way without a confirm at most.")
        confirmTimeout = read.duration(
            "confirmTimeout", default: .seconds(1), in: .milliseconds(10) ... .seconds(60),
            "How long a confirm may take before the outcome counts as unknown.")
        prefetch = read.integer(
            "prefetch", default: 256, in: 1...65_535, unit: "messages",
            "Messages that a consumer has without an ack at most.")
        reconnectFirst = read.duration(
            "reconnectFirst", default: .milliseconds(100), in: .milliseconds(1) ... .seconds(60),
            "The pause after the first failed attempt to connect; it doubles each time, with jitter.")
        reconnectMost = read.duration(
            "reconnectMost", default: .seconds(5), in: .milliseconds(1) ... .seconds(600),
            "The longest pause between attempts to connect.")
    }
}

/// The section `http`.
public struct HTTPSection: SettingsSection {
    public static let name = "http"
    public static let documentation = "Listeners for HTTP."

    public let maxConnections: Int
    public let maxHeaderBytes: Int
    public let maxBodyBytes: Int
    public let requestTimeout: Duration
    public let idleTimeout: Duration
    public let drainTimeout: Duration
    public let gzipMinimumBytes: Int

    public init(_ read: SectionReader) {
        maxConnections = read.integer(
            "maxConnections", default: 2_048, in: 1...100_000, unit: "connections",
            "Connections that one listener keeps open at most.")
        maxHeaderBytes = read.bytes(
            "maxHeaderBytes", default: 8 << 10, in: 1 << 10...1 << 20, "The largest head of a request.")
        maxBodyBytes = read.bytes(
            "maxBodyBytes", default: 256 << 10, in: 1 << 10...64 << 20,
            "The largest body of a request, where a route sets none of its own.")
        requestTimeout = read.duration(
            "requestTimeout", default: .seconds(15), in: .milliseconds(100) ... .seconds(600),
            "How long a client may take to send a request as a whole.")
        idleTimeout = read.duration(
            "idleTimeout", default: .seconds(60), in: .seconds(1) ... .seconds(3_600),
            "How long a connection may stay open between requests.")
        drainTimeout = read.duration(
            "drainTimeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(600),
            "How long a listener that stops waits for the requests that are under way.")
        gzipMinimumBytes = read.bytes(
            "gzipMinimumBytes", default: 1 << 10, in: 0...64 << 20,
            "Answers of this size and more are compressed for clients that take it.")
    }
}

/// The section `supervisor`.
public struct SupervisorSection: SettingsSection {
    public static let name = "supervisor"
    public static let documentation = "Starting and keeping alive the processes of one installation (turnstile up)."

    public let restartFirst: Duration
    public let restartMost: Duration
    public let steadyAfter: Duration
    public let startTimeout: Duration
    public let stopTimeout: Duration
    public let seatsWorkers: Int
    public let deskWorkers: Int
    public let paymentsWorkers: Int
    public let ingresses: Int
    public let queries: Int
    public let sandbox: Bool

    public init(_ read: SectionReader) {
        restartFirst = read.duration(
            "restartFirst", default: .milliseconds(200), in: .milliseconds(1) ... .seconds(60),
            "The pause before a process that died is started again; it doubles each time.")
        restartMost = read.duration(
            "restartMost", default: .seconds(10), in: .milliseconds(1) ... .seconds(600),
            "The longest pause before a process is started again.")
        steadyAfter = read.duration(
            "steadyAfter", default: .seconds(30), in: .seconds(1) ... .seconds(3_600),
            "After how long without an end the pauses begin anew.")
        startTimeout = read.duration(
            "startTimeout", default: .seconds(60), in: .seconds(1) ... .seconds(600),
            "How long a process may take until it is ready; Postgres and RabbitMQ have two minutes at least.")
        stopTimeout = read.duration(
            "stopTimeout", default: .seconds(15), in: .milliseconds(100) ... .seconds(600),
            "How long a process may take to drain before it is killed; Postgres and RabbitMQ have a minute at least.")
        seatsWorkers = read.integer(
            "seatsWorkers", default: 1, in: 0...12, unit: "processes", "Workers of the seats line.")
        deskWorkers = read.integer(
            "deskWorkers", default: 1, in: 0...4, unit: "processes", "Workers of the desk line.")
        ingresses = read.integer(
            "ingresses", default: 1, in: 0...3, unit: "processes", "Processes that take commands over HTTP.")
        queries = read.integer(
            "queries", default: 1, in: 0...3, unit: "processes", "Processes that answer reads over HTTP.")
        paymentsWorkers = read.integer(
            "paymentsWorkers", default: 1, in: 0...3, unit: "processes", "Workers that ask payment providers.")
        sandbox = read.boolean(
            "sandbox", default: true,
            "Whether there is the payment provider for rehearsals: without it, nobody can check out there.")
    }
}
