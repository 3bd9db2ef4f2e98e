internal import Runtime

/// The workers of the seats line: the program that was built beside this one.
struct SeatsPool: Sendable {
    static let program = "turnstile-seats"

    let home: Home
    let ports: Ports
    let configuration: Configuration
    let account: Account?
    /// Where the servers are and what batches are signed with: settings by their variables.
    let environment: [String: String]

    /// - Parameter environment: see above; nothing of it is shown in a list of processes.
    init(
        home: Home, ports: Ports, configuration: Configuration, environment: [String: String]
    ) throws(SetupError) {
        self.home = home
        self.ports = ports
        self.configuration = configuration
        self.environment = environment
        account = try Account.forWorkers()
        try home.requireReachable(by: account)
    }

    static func name(_ index: Int) -> String { "seats-\(index + 1)" }

    private var folder: String { home.folder("seats") }
    private var copies: String { home.folder("bin") }

    /// The program, where the account can read it: root's own folders are closed to others.
    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: account)
        guard let account else { return }
        try Files.makeFolder(copies)
        try copyLibraries(for: account)
        try Files.copy(try Self.original(), to: "\(copies)/\(Self.program)", mode: 0o755)
        try Files.copy(configuration.settingsFile, to: settingsFile, mode: 0o644)
    }

    /// Swift's own libraries, where the toolchain is in a folder of root's: a program looks beside itself as well.
    private func copyLibraries(for account: Account) throws(SetupError) {
        let maps = try Files.read("/proc/self/maps").split(separator: "\n")
        guard let line = maps.first(where: { $0.hasSuffix("/libswiftCore.so") }), let start = line.firstIndex(of: "/"),
            let end = line.lastIndex(of: "/")
        else { return }
        let core = String(line[start...])
        guard Home.closedFolder(above: core, to: account) != nil else { return }
        let folder = String(line[start..<end])
        for name in try Files.names(in: folder) where name.hasSuffix(".so") {
            try Files.copy("\(folder)/\(name)", to: "\(copies)/\(name)", mode: 0o644)
        }
    }

    private var settingsFile: String {
        account == nil ? configuration.settingsFile : home.generated("turnstile.json5")
    }

    private func executable() throws(SetupError) -> String {
        account == nil ? try Self.original() : "\(copies)/\(Self.program)"
    }

    /// Beside the running program.
    private static func original() throws(SetupError) -> String {
        guard let own = Files.target(ofLink: "/proc/self/exe"), let slash = own.lastIndex(of: "/") else {
            throw SetupError("cannot tell where this program is (/proc/self/exe)")
        }
        let path = "\(own[...slash])\(program)"
        guard Files.exists(path) else { throw SetupError("\(path) is missing: build the whole package") }
        return path
    }

    func process(_ index: Int) throws(SetupError) -> ProcessSpec {
        let port = ports.seats(index)
        // What the user overrides by his environment reaches the workers too; what is said here wins.
        var environment = ProcessEnvironment.current.filter { $0.key.hasPrefix("TURNSTILE_") }
        environment.merge(self.environment) { _, said in said }
        environment["TURNSTILE_SEATS_HTTP_PORT"] = "\(port)"
        return ProcessSpec(
            name: Self.name(index), executable: try executable(), arguments: ["--settings", settingsFile],
            environment: environment, directory: folder, account: account,
            isReady: { Probe.answersOK(port: port, path: "/readyz") })
    }
}
