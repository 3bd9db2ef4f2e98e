internal import CLinux
internal import Glibc
public import Postgres

/// A server of a test's own, for tests that kill, stop or configure it. Its data lives in a temporary directory.
///
/// Used from one thread at a time. Needs Debian's Postgres 15; as root it runs under the account `postgres`.
public final class PrivatePostgres {
    public let port: Int
    /// The process of the postmaster; changes with each start.
    public private(set) var process: Int32 = 0

    /// Holds the port, which is nobody else's while the server is made, or stopped.
    private let reservation: Int32
    private let directory: String
    private let options: [String]
    private static let programs = "/usr/lib/postgresql/15/bin/"

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Creates the data directory and starts the server.
    ///
    /// - Parameters:
    ///   - configuration: settings of the server, such as `["default_transaction_read_only=on"]`.
    ///   - access: the lines of `pg_hba.conf`; everybody may come in from this machine unless they say otherwise.
    ///   - isEncrypted: gives it a key and a certificate of its own and switches TLS on.
    public init(
        configuration: [String] = [], access: String = "host all all 127.0.0.1/32 trust\n", isEncrypted: Bool = false
    ) throws {
        var template = Array("/tmp/turnstile-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "no temporary directory") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        (reservation, port) = try Self.reservePort()
        options = configuration + (isEncrypted ? ["ssl=on"] : [])
        if getuid() == 0 {
            guard let account = getpwnam("postgres"),
                chown(directory, account.pointee.pw_uid, account.pointee.pw_gid) == 0
            else { throw Failure(description: "as root, Postgres needs the account “postgres”") }
        }
        let initialized = try Self.spawn(
            [
                "initdb", "-D", directory + "/data", "-U", "turnstile", "--auth=trust", "--no-sync", "-E", "UTF8",
                "--locale=C",
            ],
            log: directory + "/initdb.log")
        guard Self.wait(for: initialized) == 0 else {
            throw Failure(description: "initdb failed: \(directory)/initdb.log")
        }
        try Self.write(access, to: directory + "/data/pg_hba.conf")
        if isEncrypted {
            let made = try Self.spawn(
                [
                    "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", directory + "/data/server.key", "-out",
                    directory + "/data/server.crt",
                ], log: directory + "/openssl.log")
            guard Self.wait(for: made) == 0 else {
                throw Failure(description: "openssl failed: \(directory)/openssl.log")
            }
        }
        try start()
    }

    deinit {
        stop()
        if let removal = try? Self.spawn(["/bin/rm", "-rf", directory], log: "/dev/null") {
            _ = Self.wait(for: removal)
        }
        close(reservation)
    }

    public var settings: PostgresSettings {
        var settings = PostgresSettings(
            hosts: [.init("127.0.0.1", port: port)], user: "turnstile", database: "postgres")
        settings.connectTimeout = .seconds(5)
        return settings
    }

    /// Starts the server and waits until it takes connections.
    public func start() throws {
        var arguments = ["postgres", "-D", directory + "/data", "-p", String(port)]
        let fixed = [
            "listen_addresses=127.0.0.1", "unix_socket_directories=\(directory)", "fsync=off", "max_connections=30",
            "shared_buffers=16MB", "logging_collector=off",
        ]
        for option in fixed + options { arguments += ["-c", option] }
        process = try Self.spawn(arguments, log: directory + "/server.log")
        for _ in 0..<2000 {
            do {
                try PostgresConnection.connect(settings).close()
                return
            } catch  where error.sqlState == .invalidPassword || error.sqlState == .invalidAuthorization {
                return
            } catch {
                guard kill(process, 0) == 0, waitpid(process, nil, WNOHANG) == 0 else {
                    throw Failure(description: "the private Postgres ended: \(directory)/server.log")
                }
                usleep(10_000)
            }
        }
        throw Failure(description: "the private Postgres does not come up: \(directory)/server.log")
    }

    /// Ends the server in an orderly way, breaking off its sessions.
    public func stop() {
        end(with: SIGINT)
    }

    /// Kills the postmaster and every process of its, as a power cut would.
    public func crash() {
        let children = children()
        end(with: SIGKILL)
        for child in children { kill(child, SIGKILL) }
        // They are init's children now: wait until they are gone.
        for child in children { while kill(child, 0) == 0, !Self.isDead(child) { usleep(1000) } }
    }

    /// Stops every process where it stands: connections stay open, nothing answers.
    public func freeze() {
        for each in [process] + children() { kill(each, SIGSTOP) }
    }

    public func thaw() {
        for each in [process] + children() { kill(each, SIGCONT) }
    }

    private func end(with signal: Int32) {
        guard process > 0 else { return }
        kill(process, signal)
        if signal != SIGKILL { kill(process, SIGCONT) }
        _ = Self.wait(for: process)
        process = 0
    }

    private func children() -> [pid_t] {
        let list = "/proc/\(process)/task/\(process)/children"
        return Self.read(list).split(separator: " ").compactMap { pid_t($0) }
    }

    private static func isDead(_ process: pid_t) -> Bool {
        let status = read("/proc/\(process)/stat")
        return status.isEmpty || status.contains(") Z")
    }

    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: "cannot write \(path)") }
        defer { close(descriptor) }
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    }

    /// Two sockets may have one port as long as both say so and only one listens: the server's does.
    private static func reservePort() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var isShared: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | getsockname(descriptor, $0, &size)
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw Failure(description: "no free port")
        }
        return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
    }

    /// Starts a program in a session of its own, under the account that Postgres may run as.
    private static func spawn(_ arguments: [String], log: String) throws -> pid_t {
        var arguments = arguments
        if !arguments[0].hasPrefix("/") { arguments[0] = programs + arguments[0] }
        if getuid() == 0 {
            arguments = ["/usr/bin/setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] + arguments
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which the module map leaves out: a Ctrl-C is not for the server.
        posix_spawnattr_setflags(&attributes, Int16(0x80))
        var process: pid_t = 0
        let texts = arguments.map { strdup($0) }
        defer { for text in texts { free(text) } }
        let code = posix_spawn(&process, arguments[0], &actions, &attributes, texts + [nil], environ)
        guard code == 0 else { throw Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))") }
        return process
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
