internal import Foundation
internal import Runtime
internal import TestSupport
internal import Testing

/// This test program once more, in another process, in the role of a process of Turnstile.
final class Child: Sendable {
    static let variable = "TURNSTILE_TEST_CHILD"

    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    let pid: pid_t
    private let output: Ends

    init(role: String) throws {
        output = try Ends.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output.writing, STDERR_FILENO)

        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let arguments = [program, "--testing-library", "swift-testing", "--filter", "SignalsTests.*roleOfTheChild"]
        let environment = ProcessEnvironment.current.map { "\($0)=\($1)" } + ["\(Self.variable)=\(role)"]
        let (argv, envp) = ((arguments.map { strdup($0) }) + [nil], (environment.map { strdup($0) }) + [nil])
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, argv, envp)
        self.pid = pid
        try #require(code == 0, "cannot start \(program): \(code)")
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        output.close()
    }

    /// Waits for a line of its log.
    func waitFor(_ text: String) async throws {
        _ = try await onThread { [output] in try output.read(until: text) }
    }

    func endIfOver() throws -> End? { try wait(WNOHANG) }

    func end() async throws -> End {
        let end = try await onThread { [self] in try wait(0) }
        return try #require(end)
    }

    private func wait(_ options: Int32) throws -> End? {
        var status: Int32 = 0
        let result = waitpid(pid, &status, options)
        if result == 0 { return nil }
        guard result == pid else { throw Ends.NoSuchLine(description: "no child \(pid): errno \(errno)") }
        return status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(status & 0x7F)
    }
}
