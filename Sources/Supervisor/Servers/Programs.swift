internal import Runtime

/// Turnstile's own programs, which were built beside this one, where the account that they run as can read them: root's
/// own folders are closed to others.
struct Programs: Sendable {
    let home: Home
    let configuration: Configuration
    let account: Account?

    init(home: Home, configuration: Configuration) throws(SetupError) {
        self.home = home
        self.configuration = configuration
        account = try Account.forWorkers()
        try home.requireReachable(by: account)
    }

    private var copies: String { home.folder("bin") }

    /// Copies what has to be copied.
    func prepare(_ names: [String]) throws(SetupError) {
        for name in names { _ = try Self.original(name) }
        guard let account, !names.isEmpty else { return }
        try Files.makeFolder(copies)
        try copyLibraries(for: account)
        for name in names { try Files.copy(try Self.original(name), to: "\(copies)/\(name)", mode: 0o755) }
        try Files.copy(configuration.settingsFile, to: settingsFile, mode: 0o644)
        try Files.makeFolder(tenantSchema)
        for name in try Files.names(in: configuration.tenantSchema) where name.hasSuffix(".sql") {
            try Files.copy("\(configuration.tenantSchema)/\(name)", to: "\(tenantSchema)/\(name)", mode: 0o644)
        }
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

    var settingsFile: String {
        account == nil ? configuration.settingsFile : home.generated("turnstile.json5")
    }

    /// The schema of tenants' databases.
    var tenantSchema: String { account == nil ? configuration.tenantSchema : home.folder("tenant-schema") }

    func executable(_ name: String) throws(SetupError) -> String {
        account == nil ? try Self.original(name) : "\(copies)/\(name)"
    }

    /// Beside the running program.
    private static func original(_ name: String) throws(SetupError) -> String {
        guard let own = Files.target(ofLink: "/proc/self/exe"), let slash = own.lastIndex(of: "/") else {
            throw SetupError("cannot tell where this program is (/proc/self/exe)")
        }
        let path = "\(own[...slash])\(name)"
        guard Files.exists(path) else { throw SetupError("\(path) is missing: build the whole package") }
        return path
    }
}
