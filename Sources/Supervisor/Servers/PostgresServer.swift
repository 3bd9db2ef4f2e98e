/// The private Postgres of an installation: made on first use, kept between runs.
public struct PostgresServer: Sendable {
    public static let name = "postgres"
    static let role = "turnstile"
    /// The control database.
    static let database = "turnstile"
    private static let binaries = "/usr/lib/postgresql/15/bin"

    let home: Home
    let ports: Ports
    let configuration: Configuration
    let password: String
    let account: Account?
    /// Off for test runs alone, which throw their data away.
    let isDurable: Bool

    init(
        home: Home, ports: Ports, configuration: Configuration, password: String, isDurable: Bool
    ) throws(SetupError) {
        self.home = home
        self.ports = ports
        self.configuration = configuration
        self.password = password
        self.isDurable = isDurable
        account = try Account.forServer("postgres", package: "postgresql-15")
        try home.requireReachable(by: account)
    }

    private var folder: String { home.folder(Self.name) }
    private var data: String { "\(folder)/data" }

    /// The connection string for a database of this server.
    func url(database: String) -> String {
        "postgres://\(Self.role):\(password)@127.0.0.1:\(ports.postgres)/\(database)"
    }

    /// Makes the cluster if there is none, and writes the configuration anew.
    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: account)
        if !Files.exists("\(data)/PG_VERSION") { try makeCluster() }
        let text = try configuration.template("postgres/postgresql.conf").filled([
            "port": "\(ports.postgres)", "local": "\(folder)/local.conf", "fsync": isDurable ? "on" : "off",
            "synchronousCommit": isDurable ? "on" : "off",
        ])
        try Files.write(text, to: "\(data)/postgresql.conf", mode: 0o600, owner: account)
    }

    private func makeCluster() throws(SetupError) {
        // What an interrupted first run has left is in the way of initdb, and nothing was in it yet.
        if Files.exists(data) { try Files.removeTree(data) }
        let passwordFile = "\(folder)/password"
        try Files.write(password + "\n", to: passwordFile, mode: 0o600, owner: account)
        defer { Files.removeIfThere(passwordFile) }
        let unfinished = "\(folder)/unfinished"
        if Files.exists(unfinished) { try Files.removeTree(unfinished) }
        try Command.run(
            ProcessSpec(
                name: "initdb", executable: "\(Self.binaries)/initdb",
                arguments: [
                    "--pgdata", unfinished, "--username", Self.role, "--pwfile", passwordFile, "--auth",
                    "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
                ], directory: folder, account: account, startTimeout: .seconds(120)), home: home)
        // Only a cluster that was made to the end gets the name that later runs look for.
        try Files.move(unfinished, to: data)
    }

    func process() -> ProcessSpec {
        let port = ports.postgres
        // The start of a session of protocol 3.0: a server that takes sessions asks for a password (R), one that is
        // still recovering refuses (E).
        let parameters = Array("user\0\(Self.role)\0database\0postgres\0\0".utf8)
        let request = [0, 0, 0, UInt8(8 + parameters.count), 0, 3, 0, 0] + parameters
        return ProcessSpec(
            name: Self.name, executable: "\(Self.binaries)/postgres", arguments: ["-D", data], directory: folder,
            account: account,
            // Fast shutdown: sessions are ended, a checkpoint is written.
            stopSignal: .interrupt, stopTimeout: .seconds(60), startTimeout: .seconds(120),
            isReady: { Probe.answers(port: port, request: request, prefix: Array("R".utf8)) })
    }
}
