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
    private let settings: Settings
    private let time: any TimeSource
    private let lock: SupervisorLock
    private let supervisor: Supervisor
    private var secrets: Secrets
    private let postgres: PostgresServer
    private let broker: BrokerServer
    private let gateway: GatewayServer?
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

    /// Brings everything up and writes `run.json`. When something fails, what was started is stopped again.
    public func up() throws(SetupError) {
        do throws(SetupError) {
            try bringUp()
        } catch {
            down()
            throw error
        }
    }

    private func bringUp() throws(SetupError) {
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
        if !options.serversOnly { needed.insert(("the gateway", ports.gateway), at: 0) }
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
    public func keepAlive() throws(SetupError) {
        while !shutdown.isRequested {
            if supervisor.turn(atMost: .seconds(3600)) { try writeRunFile() }
        }
    }

    /// Stops everything, the last started first.
    public func down() {
        RunFile.remove(from: home)
        supervisor.stopAll()
        Leftovers.end(in: home)
    }
}
