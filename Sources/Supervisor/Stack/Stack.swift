public import Runtime

/// All processes of one installation: brought up in order, kept alive, brought down.
///
/// Used from one thread: `up`, then `keepAlive`, then `down`.
public final class Stack {
    public struct Options: Sendable {
        public var home: Home
        public var ports: Ports
        public var configuration: Configuration
        /// Only Postgres and the broker: what tests and benchmarks run against.
        public var serversOnly = false
        /// Off for servers whose data is thrown away after a test.
        public var isDurable = true

        public init(home: Home, ports: Ports, configuration: Configuration) {
            self.home = home
            self.ports = ports
            self.configuration = configuration
        }
    }

    private let options: Options
    private let steps: any StepReporter
    private let shutdown: ShutdownSignal
    private let log: Log
    private let settings: Settings
    private let time: any TimeSource
    private let lock: SupervisorLock
    private let supervisor: Supervisor
    private var secrets: Secrets
    private let postgres: PostgresServer
    private let broker: BrokerServer
    private let gateway: GatewayServer?
    private let seats: SeatsPool?
    private var home: Home { options.home }

    /// Takes the installation's lock.
    ///
    /// - Parameters:
    ///   - shutdown: the user's wish to stop; looked at while things come up, too.
    ///   - log: gets every start and end of a process.
    ///   - settings: the sections `supervisor` and `postgres` at least.
    /// - Returns: nil when the installation is up already.
    public init?(
        options: Options, steps: any StepReporter, time: any TimeSource = SystemTime(),
        shutdown: ShutdownSignal, log: Log, settings: Settings
    ) throws(SetupError) {
        var options = options
        options.home = try options.home.prepared()
        guard let lock = try SupervisorLock.take(in: options.home) else { return nil }
        self.options = options
        self.steps = steps
        self.time = time
        self.shutdown = shutdown
        self.log = log
        self.settings = settings
        self.lock = lock
        let secrets = try Secrets.load(from: options.home)
        self.secrets = secrets
        postgres = try PostgresServer(
            home: options.home, ports: options.ports, configuration: options.configuration,
            password: secrets.postgresPassword, isDurable: options.isDurable)
        broker = try BrokerServer(
            home: options.home, ports: options.ports, configuration: options.configuration,
            password: secrets.brokerPassword)
        gateway =
            options.serversOnly
            ? nil : try GatewayServer(home: options.home, ports: options.ports, configuration: options.configuration)
        seats =
            options.serversOnly
            ? nil
            : try SeatsPool(
                home: options.home, ports: options.ports, configuration: options.configuration,
                environment: [
                    "TURNSTILE_POSTGRES_URL": postgres.url(database: PostgresServer.database),
                    "TURNSTILE_RABBITMQ_URL": broker.url,
                    "TURNSTILE_SEATS_SIGNING_SEED": secrets.signingSeed ?? "",
                    "TURNSTILE_SEATS_TRUSTED_USERS": BrokerServer.user,
                ])
        let pace = settings[SupervisorSection.self]
        supervisor = try Supervisor(
            home: options.home, time: time,
            pace: Supervisor.Pace(
                backoff: RestartBackoff(
                    first: pace.restartFirst, most: max(pace.restartFirst, pace.restartMost),
                    healthyAfter: pace.steadyAfter),
                startTimeout: pace.startTimeout, stopTimeout: pace.stopTimeout)
        ) { event in event.write(to: log) }
        let wake = supervisor.wake
        shutdown.onRequest { _ in wake() }
    }

    /// Brings everything up and writes `run.json`. When something fails, `down` stops what was started.
    public func up() throws(SetupError) {
        let leftovers = Leftovers.end(in: home)
        if leftovers > 0 { steps.step("ended \(leftovers) processes of a run that was cut off", took: .zero) }
        RunFile.remove(from: home)

        try requireFreePorts()

        // The broker takes longest: it comes up while Postgres is made, started and filled.
        try broker.prepare()
        let brokerStart = time.monotonic
        try supervisor.start(broker.portMapper())
        try supervisor.waitUntilReady(BrokerServer.portMapperName, unless: shutdown)
        try supervisor.start(broker.process())

        try timed("postgres") { () throws(SetupError) in
            try postgres.prepare()
            try supervisor.start(postgres.process())
            try supervisor.waitUntilReady(PostgresServer.name, unless: shutdown)
        }
        if !options.serversOnly {
            try timed("schema and keys") { () throws(SetupError) in
                let keys = try ControlDatabase(server: postgres, settings: settings[PostgresSection.self]).bringUp(
                    schema: options.configuration.schema, keys: secrets.demoKeys)
                guard keys != secrets.demoKeys else { return }
                secrets.demoKeys = keys
                try secrets.save(to: home)
            }
        }
        try supervisor.waitUntilReady(BrokerServer.name, unless: shutdown)
        steps.step("rabbitmq", took: time.monotonic - brokerStart)

        if let seats { try startWorkers(of: seats) }
        if let gateway {
            try timed("gateway") { () throws(SetupError) in
                try gateway.prepare()
                try supervisor.start(gateway.process())
                try supervisor.waitUntilReady(GatewayServer.name, unless: shutdown)
            }
        }
        try writeRunFile()
        supervisor.supervise()
    }

    private func startWorkers(of pool: SeatsPool) throws(SetupError) {
        let count = settings[SupervisorSection.self].seatsWorkers
        guard count > 0 else { return }
        try timed(count == 1 ? "seats worker" : "\(count) seats workers") { () throws(SetupError) in
            try pool.prepare()
            for index in 0..<count { try supervisor.start(try pool.process(index)) }
            for index in 0..<count { try supervisor.waitUntilReady(SeatsPool.name(index), unless: shutdown) }
        }
    }

    private func timed(_ name: String, _ body: () throws(SetupError) -> Void) throws(SetupError) {
        let start = time.monotonic
        try body()
        steps.step(name, took: time.monotonic - start)
    }

    private func requireFreePorts() throws(SetupError) {
        let ports = options.ports
        var needed = [
            ("postgres", ports.postgres), ("rabbitmq", ports.amqp), ("rabbitmq's management", ports.amqpManagement),
            ("rabbitmq's port mapper", ports.epmd), ("rabbitmq's distribution", ports.erlangDistribution),
        ]
        if !options.serversOnly {
            needed.insert(("the gateway", ports.gateway), at: 0)
            for index in 0..<settings[SupervisorSection.self].seatsWorkers {
                needed.append((SeatsPool.name(index), ports.seats(index)))
            }
        }
        for (name, port) in needed { try Ports.requireFree(port, for: name) }
    }

    private func writeRunFile() throws(SetupError) {
        let run = RunFile(
            gateway: gateway?.url,
            postgres: postgres.url(database: options.serversOnly ? "postgres" : PostgresServer.database),
            amqp: broker.url, amqpManagement: broker.managementURL,
            keys: secrets.demoKeys, processes: supervisor.processes)
        try run.write(to: home)
    }

    /// Starts again whatever dies, until the user asks to stop.
    public func keepAlive() {
        var isRunFileDue = false
        while !shutdown.isRequested {
            let changed = supervisor.turn(atMost: isRunFileDue ? .seconds(1) : .seconds(3600))
            guard changed || isRunFileDue else { continue }
            do throws(SetupError) {
                try writeRunFile()
                isRunFileDue = false
            } catch {
                // A full disk must not end what still works.
                if !isRunFileDue { log.error("run.json is not current: \(error); tried again every second", error) }
                isRunFileDue = true
            }
        }
    }

    /// Stops everything, the last started first.
    public func down() {
        RunFile.remove(from: home)
        supervisor.stopAll()
        Leftovers.end(in: home)
    }
}
