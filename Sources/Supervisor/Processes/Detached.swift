internal import CLinux
internal import Glibc

/// A copy of this program in a session of its own, which goes on when this one has ended.
public struct Detached: ~Copyable {
    public let pid: Int32
    private let output: Int32

    /// Starts the program again with other arguments; what it writes to its standard output can be read here, what it
    /// logs goes to `log`.
    public static func relaunch(arguments: [String], log: String) throws(SetupError) -> Detached {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw SetupError("cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o640)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, clinux_spawn_setsid)

        var pid = pid_t()
        let environment = UnsafeMutablePointer(environ)
        // Resolved, so that the process is listed under its own name.
        let program = Home.resolved("/proc/self/exe")
        let code = withCStrings(["turnstile"] + arguments) { argv in
            posix_spawn(&pid, program, &actions, &attributes, argv, environment)
        }
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw SetupError("cannot start in the background: \(String(cString: strerror(code)))")
        }
        return Detached(pid: pid, output: ends[0])
    }

    private init(pid: Int32, output: Int32) {
        self.pid = pid
        self.output = output
    }

    deinit { close(output) }

    /// Passes on what the copy writes, line by line, until it closes its standard output or ends.
    public borrowing func forEachLine(_ body: (String) -> Void) {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") {
                    body(String(decoding: line, as: UTF8.self))
                    line = []
                } else {
                    line.append(byte)
                }
            }
        }
        if !line.isEmpty { body(String(decoding: line, as: UTF8.self)) }
    }

    /// The exit code if the copy has ended, nil if it goes on.
    public borrowing func exitCode(afterWaiting duration: Duration) -> Int32? {
        let clock = ContinuousClock()
        let deadline = clock.now + duration
        var status: Int32 = 0
        repeat {
            if waitpid(pid, &status, WNOHANG) == pid {
                let signal = status & 0x7f
                return signal == 0 ? (status >> 8) & 0xff : 128 + signal
            }
            usleep(10_000)
        } while clock.now < deadline
        return nil
    }
}
