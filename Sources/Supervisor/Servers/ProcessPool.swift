internal import Runtime

/// The processes of one kind that an installation runs: so many of one program, counted from 0.
struct ProcessPool: Sendable {
    struct Kind: Sendable {
        /// What its processes are called, with a number from 1 on behind it.
        let name: String
        /// One of it, and several, for people.
        let words: (one: String, many: String)
        /// Where each listens: settings by their variables. The first port answers `/readyz`.
        let listeners: @Sendable (Ports, Int) -> [(variable: String, port: Int)]

        var program: String { "turnstile-\(name)" }
    }

    let kind: Kind
    let count: Int
    let programs: Programs
    let ports: Ports
    /// Where the servers are and the keys that it needs: settings by their variables. Nothing of it is shown in a list
    /// of processes.
    let environment: [String: String]

    func name(_ index: Int) -> String { "\(kind.name)-\(index + 1)" }

    /// All of it for people, such as “2 query servers”.
    var words: String { count == 1 ? kind.words.one : "\(count) \(kind.words.many)" }

    /// The ports that it needs, and what for.
    var neededPorts: [(name: String, port: Int)] {
        (0..<count).flatMap { index in kind.listeners(ports, index).map { (name(index), $0.port) } }
    }

    private var folder: String { programs.home.folder(kind.name) }

    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: programs.account)
    }

    func process(_ index: Int) throws(SetupError) -> ProcessSpec {
        // What the user overrides by his environment reaches the processes too; what is said here wins.
        var environment = ProcessEnvironment.current.filter { $0.key.hasPrefix("TURNSTILE_") }
        environment.merge(self.environment) { _, said in said }
        let listeners = kind.listeners(ports, index)
        for (variable, port) in listeners { environment[variable] = "\(port)" }
        let port = listeners.first?.port ?? 0
        return ProcessSpec(
            name: name(index), executable: try programs.executable(kind.program),
            arguments: ["--settings", programs.settingsFile], environment: environment, directory: folder,
            account: programs.account, isReady: { Probe.answersOK(port: port, path: "/readyz") })
    }
}

extension ProcessPool.Kind {
    /// Workers of the seats line.
    static let seats = ProcessPool.Kind(name: "seats", words: ("seats worker", "seats workers")) { ports, index in
        [("TURNSTILE_SEATS_HTTP_PORT", ports.seats(index))]
    }

    /// Workers of the desk line; they make tenants' databases, too.
    static let desk = ProcessPool.Kind(name: "desk", words: ("desk worker", "desk workers")) { ports, index in
        [("TURNSTILE_DESK_HTTP_PORT", ports.desk(index))]
    }

    /// What asks payment providers.
    static let payments = ProcessPool.Kind(name: "payments", words: ("payments worker", "payments workers")) {
        ports, index in [("TURNSTILE_PAYMENTS_HTTP_PORT", ports.payments(index))]
    }

    /// The payment provider for rehearsals.
    static let sandbox = ProcessPool.Kind(name: "sandbox", words: ("sandbox", "sandboxes")) { ports, _ in
        [("TURNSTILE_SANDBOX_PORT", ports.sandbox)]
    }

    /// What takes commands over HTTP.
    static let ingress = ProcessPool.Kind(name: "ingress", words: ("ingress", "ingresses")) { ports, index in
        [
            ("TURNSTILE_INGRESS_PORT", ports.ingress(index)),
            ("TURNSTILE_INGRESS_INTERNAL_PORT", ports.internalListener(index)),
        ]
    }

    /// What answers reads over HTTP.
    static let query = ProcessPool.Kind(name: "query", words: ("query server", "query servers")) { ports, index in
        [("TURNSTILE_QUERY_PORT", ports.query(index)), ("TURNSTILE_QUERY_STREAM_PORT", ports.stream(index))]
    }
}
