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
    private let programs: Programs?
    /// In the order in which they are started.
    private let pools: [ProcessPool]
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
        let layout = settings[SupervisorSection.self]
        if options.serversOnly {
            gateway = nil
            programs = nil
            pools = []
        } else {
            gateway = try GatewayServer(
                home: options.home, ports: options.ports, configuration: options.configuration, settings: settings)
            let programs = try Programs(home: options.home, configuration: options.configuration)
            self.programs = programs
            pools = Self.pools(
                layout, programs, options.ports, secrets,
                servers: [
                    "TURNSTILE_POSTGRES_URL": postgres.url(database: PostgresServer.database),
                    "TURNSTILE_RABBITMQ_URL": broker.url,
                ])
        }
        supervisor = try Supervisor(
            home: options.home, time: time,
            pace: Supervisor.Pace(
                backoff: RestartBackoff(
                    first: layout.restartFirst, most: max(layout.restartFirst, layout.restartMost),
                    healthyAfter: layout.steadyAfter),
                startTimeout: layout.startTimeout, stopTimeout: layout.stopTimeout)
        ) { event in event.write(to: log) }
        let wake = supervisor.wake
        shutdown.onRequest { _ in wake() }
    }

    /// Workers first: what is accepted over HTTP is then decided.
    private static func pools(
        _ layout: SupervisorSection, _ programs: Programs, _ ports: Ports, _ secrets: Secrets,
        servers: [String: String]
    ) -> [ProcessPool] {
        let seats = [
            "TURNSTILE_SEATS_SIGNING_SEED": secrets.signingSeed ?? "",
            "TURNSTILE_SEATS_TRUSTED_USERS": BrokerServer.user,
        ]
        let desk = [
            "TURNSTILE_DESK_SIGNING_SEED": secrets.signingSeed ?? "",
            "TURNSTILE_DESK_TRUSTED_USERS": BrokerServer.user, "TURNSTILE_DESK_SCHEMA": programs.tenantSchema,
        ]
        let faces = [
            "TURNSTILE_API_REQUEST_KEY": secrets.requestKey ?? "",
            "TURNSTILE_API_TICKET_SEED": secrets.ticketSeed ?? "",
        ]
        let sandbox = layout.sandbox ? Self.sandbox(ports, secrets) : [:]
        let wanted: [(ProcessPool.Kind, Int, [String: String])] = [
            (.seats, layout.seatsWorkers, seats), (.desk, layout.deskWorkers, desk),
            (.sandbox, layout.sandbox ? 1 : 0, sandbox),
            (.payments, layout.paymentsWorkers, faces.merging(sandbox) { $1 }),
            (.ingress, layout.ingresses, faces.merging(sandbox) { $1 }), (.query, layout.queries, faces),
        ]
        return wanted.filter { $0.1 > 0 }.map { kind, count, keys in
            ProcessPool(
                kind: kind, count: count, programs: programs, ports: ports,
                environment: servers.merging(keys) { $1 })
        }
    }

    /// What a tool must know to ask the sandbox of an installation that runs: settings by their variables.
    public static func sandboxEnvironment(of home: Home, url: String) throws(SetupError) -> [String: String] {
        let secrets = try Secrets.load(from: home)
        return [
            "TURNSTILE_SANDBOX_URL": url, "TURNSTILE_SANDBOX_KEY": secrets.sandboxKey ?? "",
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": secrets.sandboxWebhookSecret ?? "",
        ]
    }

    /// What the sandbox and whoever has to do with it must know; nobody believes it where it is not.
    private static func sandbox(_ ports: Ports, _ secrets: Secrets) -> [String: String] {
        [
            "TURNSTILE_SANDBOX_URL": url(ports.sandbox), "TURNSTILE_SANDBOX_KEY": secrets.sandboxKey ?? "",
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": secrets.sandboxWebhookSecret ?? "",
            "TURNSTILE_SANDBOX_WEBHOOK_URL": "\(url(ports.gateway))/v1/webhooks/sandbox",
        ]
    }

    private static func url(_ port: Int) -> String { "http://127.0.0.1:\(port)" }

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
                let demo = try ControlDatabase(server: postgres, settings: settings[PostgresSection.self]).bringUp(
                    schema: options.configuration.schema, keys: secrets.demoKeys)
                guard demo.keys != secrets.demoKeys else { return }
                secrets.demoKeys = demo.keys
                // It was in a database that is no longer there.
                if demo.isNewTenant { secrets.demoEvent = nil }
                try secrets.save(to: home)
            }
        }
        try supervisor.waitUntilReady(BrokerServer.name, unless: shutdown)
        steps.step("rabbitmq", took: time.monotonic - brokerStart)

        try programs?.prepare(pools.map(\.kind.program))
        for pool in pools { try start(pool) }
        if let gateway {
            try timed("gateway") { () throws(SetupError) in
                try gateway.prepare()
                try supervisor.start(gateway.process())
                try supervisor.waitUntilReady(GatewayServer.name, unless: shutdown)
            }
        }
        // From now on the processes are looked after, also while the demo event is waited for.
        supervisor.supervise()
        try makeDemoEvent()
        try writeRunFile()
    }

    private func start(_ pool: ProcessPool) throws(SetupError) {
        try timed(pool.words) { () throws(SetupError) in
            try pool.prepare()
            for index in 0..<pool.count { try supervisor.start(try pool.process(index)) }
            for index in 0..<pool.count { try supervisor.waitUntilReady(pool.name(index), unless: shutdown) }
        }
    }

    /// Sees that there is an event to try things out with. An installation without one is none the worse.
    private func makeDemoEvent() throws(SetupError) {
        guard !options.serversOnly, let keys = secrets.demoKeys else { return }
        let layout = settings[SupervisorSection.self]
        guard layout.ingresses > 0, layout.seatsWorkers > 0 else {
            log.info("no demo event: there is no ingress that takes it, or no worker that decides it")
            return
        }
        var event = secrets.demoEvent ?? .planned(at: time.wall)
        if event.isOver(at: time.wall) { event = .planned(at: time.wall) }
        guard event.ids == nil else { return }
        // Before it is sent: whoever comes after a crash sends the same.
        secrets.demoEvent = event
        try secrets.save(to: home)
        let maker = DemoEventMaker(
            port: options.ports.ingress(0), key: keys.manage,
            template: try options.configuration.template("demo-event.json"), shutdown: shutdown, time: time)
        let start = time.monotonic
        do throws(SetupError) {
            event.ids = try maker.make(event) { supervisor.turn(atMost: .milliseconds(250)) }
            secrets.demoEvent = event
            try secrets.save(to: home)
            steps.step("demo event", took: time.monotonic - start)
        } catch {
            log.warning("there is no demo event: \(error)", error)
            steps.step("no demo event: \(error)", took: time.monotonic - start)
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
            needed = (gateway?.neededPorts ?? []) + needed + pools.flatMap(\.neededPorts)
        }
        for (name, port) in needed { try Ports.requireFree(port, for: name) }
    }

    private func writeRunFile() throws(SetupError) {
        var run = RunFile(
            postgres: postgres.url(database: options.serversOnly ? "postgres" : PostgresServer.database),
            amqp: broker.url, amqpManagement: broker.managementURL, keys: secrets.demoKeys,
            processes: supervisor.processes)
        if !options.serversOnly {
            let layout = settings[SupervisorSection.self]
            func urls(_ count: Int, _ port: (Int) -> Int) -> [String] {
                (0..<count).map { Self.url(port($0)) }
            }
            run.gateway = gateway?.url
            run.gatewayTLS = gateway?.secureURL
            run.ingresses = urls(layout.ingresses, options.ports.ingress)
            run.queries = urls(layout.queries, options.ports.query)
            run.streams = urls(layout.queries, options.ports.stream)
            run.internals = urls(layout.ingresses, options.ports.internalListener)
            run.ingress = run.ingresses?.first
            run.internal = run.internals?.first
            run.query = run.queries?.first
            if layout.sandbox {
                run.sandbox = Self.url(options.ports.sandbox)
                run.sandboxKey = secrets.sandboxKey
            }
            run.demo = secrets.demoEvent?.ids
        }
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
