public import HTTPServer
public import Postgres
public import RabbitMQ
public import Runtime
public import Sealing
public import Tenancy

/// What both HTTP processes are started with: the servers, the keys that callers show and the ids that they are given,
/// all from the settings.
///
///     static func main() {
///         FaceProcess.run("turnstile-ingress", service: "ingress") { face in
///             let ingress = try Ingress(face)
///             var door = face.door()
///             door.addCommon(metrics: face.metrics) { ingress.complaints }
///             ingress.addRoutes(to: &door)
///             let section = face.settings[IngressSection.self]
///             try face.serve([face.listener("ingress", section.address, section.port, door)]) { ingress.stop() }
///         }
///     }
///
/// Whether the servers are there is nobody's concern here: a face starts without them, says so in `/readyz`, and
/// answers once they are back.
public struct FaceProcess: Sendable {
    /// No other process has or will have it.
    public let name: String
    public let settings: Settings
    /// Each line names the process.
    public let log: Log
    /// Begins with TERM or INT: whoever lets clients wait answers them now.
    public let shutdown: ShutdownSignal
    public let metrics: Metrics
    /// As the settings have it, for work that may take its time.
    public let database: PostgresSettings
    /// For what a caller waits for: a database that is frozen is an error within a second.
    public let control: PostgresSettings
    public let broker: ConnectionSettings
    public let ring: KeyRing
    public let limiter: RateLimiter
    public let seal: RequestSeal
    /// Which tenants have a desk, and where.
    public let directory: TenantDirectory
    /// Writes the tokens of logins.
    public let sessionSeal: SessionSeal
    /// Those that ended before their time.
    public let endedSessions: EndedSessions
    /// Gives a request that was refused an id, by which it can be told from others.
    public let strangers: @Sendable () -> String
    private let pool: PostgresPool

    /// Runs `body` and ends the process: with 0 when it returns, which it does after `serve`; else with its error in
    /// the log. A `ProgramFailure` has an exit code of its own.
    public static func run(
        _ program: String, service: String, _ body: (FaceProcess) throws -> Void
    ) -> Never {
        Program.run(program, service: service) { program in
            // Each connection of a client or a server is one.
            DescriptorLimit.raise(to: 65_536)
            let face = try FaceProcess(program, service: service)
            defer { face.stop() }
            try body(face)
        }
    }

    private init(_ program: Program, service: String) throws {
        name = Program.uniqueName()
        settings = program.settings
        shutdown = program.shutdown
        metrics = program.metrics
        log = program.log.with(["turnstile.face": .string(name)])
        let section = settings[APISection.self]
        let key = try HMACKey(try Self.key(section.requestKey, "TURNSTILE_API_REQUEST_KEY"))
        seal = RequestSeal(key)
        sessionSeal = SessionSeal(key)
        strangers = { [seal] in seal.stranger(at: SystemTime().wall) }
        let servers = try program.servers()
        var database = try PostgresSettings(settings[PostgresSection.self], url: servers.postgres.exposed)
        database.applicationName = "turnstile-\(service)"
        self.database = database
        control = database.prompt
        var broker = try ConnectionSettings(settings[RabbitMQSection.self], url: servers.rabbitMQ.exposed)
        broker.name = "\(service) \(name)"
        self.broker = broker
        var options = PostgresPool.Options(settings[PostgresSection.self])
        // One for each thread that asks, and one to spare.
        options.size = 3
        // Callers are told meanwhile; the longer the pause, the longer they are told so after it is back.
        options.maximumBackoff = min(options.maximumBackoff, .seconds(1))
        pool = try PostgresPool(control, options: options)
        var ringOptions = KeyRing.Options()
        ringOptions.refresh = section.keyRefresh
        ring = try KeyRing(pool: pool, options: ringOptions, log: log)
        limiter = RateLimiter()
        var endedOptions = EndedSessions.Options()
        endedOptions.refresh = settings[AccountsSection.self].endedRefresh
        endedSessions = try EndedSessions(pool: pool, options: endedOptions, log: log)
        directory = try TenantDirectory(database: database, broker: broker, metrics: metrics, log: log)
        try directory.start()
    }

    private static func key(_ secret: Secret?, _ variable: String) throws(ProgramFailure) -> [UInt8] {
        guard let secret, let bytes = Hex.decode(secret.exposed), bytes.count == 32 else {
            throw .badKey(variable, bytes: 32)
        }
        return bytes
    }

    /// What tickets' codes are signed with.
    public func ticketKey() throws -> SigningKey {
        try SigningKey(seed: try Self.key(settings[APISection.self].ticketSeed, "TURNSTILE_API_TICKET_SEED"))
    }

    public func door() -> Door {
        Door(
            ring: ring, sessions: SessionCheck(sessionSeal, ended: endedSessions, directory: directory),
            limiter: limiter, proxies: TrustedProxies(settings[APISection.self].proxies), strangers: strangers)
    }

    /// A listener within the bounds of the settings. Behind a gateway that tells reads from writes, a request with a
    /// wrong method comes to the wrong process: each knows what paths the other one serves.
    ///
    /// - Parameter isPublic: whether a gateway leads there; else there is nothing but what the door has.
    public func listener(
        _ name: String, _ address: String, _ port: Int, _ door: Door, isPublic: Bool = true
    ) -> Listener {
        let section = settings[HTTPSection.self]
        var router = door.router
        let served = Set(door.operations.map(\.name))
        for operation in isPublic ? Operation.all : [] where !served.contains(operation.name) {
            router.mention(operation.method, operation.template)
        }
        return Listener(
            name, address: address, port: UInt16(clamping: port), router: router, limits: HTTPLimits(section),
            compression: CompressionSettings(section))
    }

    /// Serves until the process is to end; then no more connections are taken, what is under way is answered, and
    /// `stop` is called once that is done.
    ///
    /// - Parameter started: called with the server once it listens.
    public func serve(
        _ listeners: [Listener], started: (HTTPServer) -> Void = { _ in }, stop: () -> Void
    ) throws {
        let server: HTTPServer
        do throws(ServerError) {
            server = try HTTPServer(
                listeners: listeners, hooks: .face(FaceMetrics(metrics), log: log, strangers: strangers))
        } catch {
            stop()
            throw ProgramFailure(.systemError, "\(error)")
        }
        let ports = listeners.map { "\($0.name) \(server.port(of: $0.name))" }
        log.info("listening: \(ports.joined(separator: ", "))")
        started(server)
        shutdown.wait()
        log.info("draining", ["turnstile.reason": .string(shutdown.reason?.description ?? "")])
        server.stop(within: settings[HTTPSection.self].drainTimeout)
        stop()
        log.info("ended")
    }

    private func stop() {
        ring.stop()
        endedSessions.stop()
        directory.stop()
        pool.close(grace: .milliseconds(100))
    }
}

extension PostgresSettings {
    /// The same with little patience.
    fileprivate var prompt: PostgresSettings {
        var settings = self
        settings.connectTimeout = min(connectTimeout, .milliseconds(600))
        settings.statementTimeout = .milliseconds(600)
        settings.lockTimeout = .milliseconds(500)
        settings.responseTimeout = .milliseconds(700)
        return settings
    }
}
