internal import Foundation
internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

/// This test program once more, as a process that does effects and can be killed.
final class EffectChild {
    private static let variable = "TURNSTILE_TEST_EFFECTS"

    /// Whether this process is such a child.
    static var isOne: Bool { getenv(variable) != nil }

    private let pid: pid_t

    init(_ scene: EffectScene) throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let arguments = [program, "--testing-library", "swift-testing", "--filter", "EffectFaults.*roleOfTheChild"]
        let role = "\(scene.database.database ?? "") \(scene.broker.virtualHost)"
        let environment = ProcessEnvironment.current.map { "\($0)=\($1)" } + ["\(Self.variable)=\(role)"]
        let (argv, envp) = ((arguments.map { strdup($0) }) + [nil], (environment.map { strdup($0) }) + [nil])
        defer { for text in argv + envp { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, argv, envp)
        self.pid = pid
        try #require(code == 0, "cannot start \(program): \(code)")
    }

    deinit { killAndWait() }

    func killAndWait() {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Calls its provider, a table, and never stops.
    static func run() throws {
        // Should the test run be cut off, the child must not stay.
        alarm(60)
        let role = (getenv(variable).map { String(cString: $0) } ?? "").split(separator: " ")
        try #require(role.count == 2)
        let servers = try TestServers.require()
        var database = try PostgresSettings(servers.postgres)
        database.database = String(role[0])
        var broker = try ConnectionSettings(url: servers.amqp)
        broker.virtualHost = String(role[1])
        let pool = try PostgresPool(database)
        let handler = RecordingHandler { request in
            try pool.withConnection { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO provider VALUES ($1, 1)
                    ON CONFLICT (id) DO UPDATE SET calls = provider.calls + 1
                    """, request.idempotencyKey)
            }
            return RecordingHandler.command(request)
        }
        var options = EffectOptions(.payments)
        options.visibility = .milliseconds(500)
        let runner = try EffectRunner(
            options, handler: handler, database: database, broker: broker, metrics: EffectMetrics(Metrics()), log: .none
        )
        withExtendedLifetime(runner) { Latch().wait() }
    }
}
