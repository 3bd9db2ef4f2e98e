internal import FoundationEssentials
internal import Glibc

/// The data directory of one installation and the places in it.
///
///     run.json     what runs where, while it runs      log/        one file a process
///     secrets.json passwords and keys that were made   lock        held by the supervisor
///     etc/         the servers' configuration           postgres/ rabbitmq/ gateway/ … one folder a server
public struct Home: Sendable {
    public let path: String

    /// The file that marks a folder as ours: `reset` removes nothing without it.
    private static let marker = ".turnstile-home"

    public init(path: String) throws(SetupError) {
        guard path.hasPrefix("/") else { throw SetupError("TURNSTILE_HOME is “\(path)”: it must be an absolute path") }
        // The path becomes part of the servers' configuration files.
        guard path.wholeMatch(of: #/[A-Za-z0-9._\/+@-]+/#) != nil else {
            throw SetupError(
                "TURNSTILE_HOME is “\(path)”: it may hold letters, digits and . _ + @ - only, since it becomes part of "
                    + "the servers' configuration")
        }
        // Compared with the kernel's idea of a process's working directory, so links are resolved once here.
        self.path = Self.resolved(path)
    }

    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else {
            return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        }
        defer { free(real) }
        return String(cString: real)
    }

    public func folder(_ name: String) -> String { "\(path)/\(name)" }
    public var runFile: String { folder("run.json") }
    public var secretsFile: String { folder("secrets.json") }
    public var lockFile: String { folder("lock") }
    public var processesFile: String { folder("processes") }
    /// Files that are made anew at each start. The folder is the supervisor's own: in a server's folder its account
    /// could put a link where a file is about to be written.
    public func generated(_ name: String) -> String { folder("etc/\(name)") }
    public func log(of process: String) -> String { folder("log/\(process).log") }

    /// Makes the folder if it is not there, and checks that it can hold an installation.
    ///
    /// - Returns: the home with its links resolved.
    public func prepared() throws(SetupError) -> Home {
        let isNew = access(path, F_OK) != 0
        if !isNew { try requireOwn() }
        if !isNew && access(folder(Self.marker), F_OK) != 0 {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            guard entries.isEmpty else {
                throw SetupError(
                    "\(path) holds other things than an installation of Turnstile: set TURNSTILE_HOME to "
                        + "a folder of its own"
                )
            }
        }
        try Files.makeFolder(path)
        // Servers that run under their own accounts must be able to pass through; secrets have modes of their own.
        try Files.setMode(path, 0o755)
        let home = try Home(path: path)
        try home.requireSpace()
        // The mark comes first: a folder that was begun and has none could not be told from a stranger's.
        try Files.write("This folder belongs to Turnstile: Config/run --reset removes it.\n", to: folder(Self.marker))
        try Files.makeFolder(folder("log"))
        try Files.makeFolder(folder("etc"))
        return home
    }

    /// A folder of somebody else could be changed by him at any time, and secrets are about to go into it.
    private func requireOwn() throws(SetupError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_uid == geteuid() else {
            throw SetupError("\(path) belongs to another user: set TURNSTILE_HOME to a folder of your own")
        }
    }

    private func requireSpace() throws(SetupError) {
        let needed = 1 << 30
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        guard free >= needed else {
            throw SetupError(
                "\(path) has \(free >> 20) MiB of disk left and at least \(needed >> 20) MiB are needed: "
                    + "make room, or set TURNSTILE_HOME to another disk")
        }
    }

    /// Throws when the account cannot reach the folder, which Postgres would only say in its log.
    func requireReachable(by account: Account?) throws(SetupError) {
        guard let account, let closed = Self.closedFolder(above: path, to: account) else { return }
        throw SetupError(
            "the account “\(account.name)”, which a server must run as since you are root, cannot enter \(closed): "
                + "set TURNSTILE_HOME to a folder that it can reach, such as /var/lib/turnstile")
    }

    /// The outermost folder on the way to a path that the account cannot pass; nil when it can reach it.
    static func closedFolder(above path: String, to account: Account) -> String? {
        var parents: [String] = []
        var current = path
        while let slash = current.lastIndex(of: "/"), slash != current.startIndex {
            current = String(current[..<slash])
            parents.append(current)
        }
        for parent in parents.reversed() {
            var status = stat()
            guard stat(parent, &status) == 0 else { continue }
            let canPass =
                status.st_uid == account.user && status.st_mode & 0o100 != 0
                || status.st_gid == account.group && status.st_mode & 0o010 != 0
                || status.st_mode & 0o001 != 0
            if !canPass { return parent }
        }
        return nil
    }

    /// Removes the folder and all that is in it.
    public func remove() throws(SetupError) {
        guard access(path, F_OK) == 0 else { return }
        guard access(folder(Self.marker), F_OK) == 0 else {
            throw SetupError("\(path) was not made by Turnstile (it has no \(Self.marker)): nothing was removed")
        }
        try Files.removeTree(path)
    }
}
