internal import FoundationEssentials
internal import Glibc
internal import Runtime

/// A RabbitMQ of a test's own, with its own port mapper, for tests that kill it or starve it.
public final class PrivateBroker: Sendable {
    public let port: UInt16
    /// The AMQP URL of its default virtual host.
    public var url: String { "amqp://turnstile:turnstile@127.0.0.1:\(port)/%2F" }

    private let directory: String
    private let mapperPort: UInt16
    private let environment: [String]
    private let processes = Lock<(mapper: pid_t, server: pid_t?)>((0, nil))

    /// Starts one and waits until it takes connections.
    ///
    /// - Parameter settings: more lines for its configuration file.
    public init(settings: String = "") throws {
        port = try Self.freePort()
        mapperPort = try Self.freePort()
        let distribution = try Self.freePort()
        directory = "/tmp/turnstile-broker-\(getpid())-\(port)"
        for folder in ["", "/mnesia", "/log"] {
            guard mkdir(directory + folder, 0o700) == 0 else { throw TestBrokerError("cannot make \(directory)") }
        }
        let configuration = """
            listeners.tcp.1 = 127.0.0.1:\(port)
            default_user = turnstile
            default_pass = turnstile
            log.console = true
            log.file = false
            \(settings)

            """
        try Data(configuration.utf8).write(to: URL(filePath: directory + "/rabbitmq.conf"))
        try Data("[].\n".utf8).write(to: URL(filePath: directory + "/plugins"))
        environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=\(directory)",
            "ERL_EPMD_PORT=\(mapperPort)", "ERL_EPMD_ADDRESS=127.0.0.1",
            "RABBITMQ_NODENAME=turnstile-\(port)@localhost",
            "RABBITMQ_DIST_PORT=\(distribution)", "RABBITMQ_CONFIG_FILE=\(directory)/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE=\(directory)/plugins", "RABBITMQ_MNESIA_BASE=\(directory)/mnesia",
            "RABBITMQ_LOG_BASE=\(directory)/log", "RABBITMQ_CONF_ENV_FILE=/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
        ]
        let mapper = try spawn(["/usr/bin/epmd", "-port", "\(mapperPort)"], log: "epmd.log")
        processes.withLock { $0.mapper = mapper }
        do {
            try start()
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    /// Starts the server, the first time or after `kill`, with the data it had.
    public func start() throws {
        let server = try spawn(["/usr/lib/rabbitmq/bin/rabbitmq-server"], log: "server.log")
        processes.withLock { $0.server = server }
        let deadline = SystemTime().monotonic + .seconds(60)
        while SystemTime().monotonic < deadline {
            if let descriptor = try? connectToLoopback(port: port) {
                close(descriptor)
                return
            }
            guard waitpid(server, nil, WNOHANG) == 0 else {
                processes.withLock { $0.server = nil }
                throw TestBrokerError("the private broker ended:\n\(log)")
            }
            usleep(50_000)
        }
        throw TestBrokerError("the private broker did not come up:\n\(log)")
    }

    /// Ends the server as a power cut would.
    public func kill() {
        let server = processes.withLock { processes in
            defer { processes.server = nil }
            return processes.server
        }
        guard let server else { return }
        // The script and the virtual machine that it runs are one process group.
        Glibc.kill(-server, SIGKILL)
        waitpid(server, nil, 0)
    }

    /// Waits until the broker has written down that it has this quorum queue.
    ///
    /// It keeps that in memory for some 3 s (Erlang's dets delays writes). A broker killed within them comes back
    /// with a
    /// queue that never elects a leader: nothing in it can be reached again.
    public func waitUntilRegistered(quorumQueue name: String) throws {
        let node = "turnstile-\(port)@localhost"
        let file = URL(filePath: "\(directory)/mnesia/\(node)/quorum/\(node)/names.dets")
        let deadline = SystemTime().monotonic + .seconds(30)
        while SystemTime().monotonic < deadline {
            if try Data(contentsOf: file).firstRange(of: Data("%2F_\(name)".utf8)) != nil { return }
            usleep(50_000)
        }
        throw TestBrokerError("the quorum queue \(name) was not registered on disk")
    }

    /// Short of memory, by decree: the broker stops reading from connections that publish.
    public func raiseMemoryAlarm() throws { try control("set_vm_memory_high_watermark", "0.0000001") }

    public func clearMemoryAlarm() throws { try control("set_vm_memory_high_watermark", "0.4") }

    private func control(_ arguments: String...) throws {
        let command = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", "turnstile-\(port)@localhost", "-q"] + arguments
        let process = try spawn(command, log: "control.log")
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status == 0 else { throw TestBrokerError("rabbitmqctl \(arguments.joined(separator: " ")) failed") }
    }

    /// Ends everything and removes its files.
    public func stop() {
        kill()
        let mapper = processes.withLock { processes in
            defer { processes.mapper = 0 }
            return processes.mapper
        }
        if mapper > 0 {
            Glibc.kill(-mapper, SIGKILL)
            waitpid(mapper, nil, 0)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private var log: String {
        let data = (try? Data(contentsOf: URL(filePath: directory + "/server.log"))) ?? Data()
        return String(decoding: data.suffix(2000), as: UTF8.self)
    }

    private static func freePort() throws -> UInt16 {
        let core = try FaultProxyCore(serverPort: 0)
        core.discard()
        return core.port
    }

    /// Starts a program as the leader of a process group of its own.
    private func spawn(_ command: [String], log: String) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(directory)/\(log)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, command[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestBrokerError("cannot start \(command[0]) (errno \(code))") }
        return process
    }
}
