internal import CLinux
internal import Glibc
internal import Runtime

/// A process that this one started: its id, and a descriptor that becomes readable when it has ended.
///
/// The child leads a process group of its own, so that a terminal's Ctrl-C does not reach it and its own children can
/// be ended with it; and the kernel ends it when the thread that started it is gone (`setpriv --pdeathsig`), so that
/// no server outlives a supervisor that was killed.
package final class ChildProcess {
    package let pid: Int32
    /// Readable once the process has ended.
    let descriptor: Int32

    private init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Starts the process with its output appended to its log.
    package static func spawn(_ spec: ProcessSpec, home: Home) throws(SetupError) -> ChildProcess {
        spec.beforeStart()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, home.log(of: spec.name), O_WRONLY | O_CREAT | O_APPEND, 0o640)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_addchdir_np(&actions, spec.directory)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The supervisor blocks the signals that it reads from a descriptor; its children start with a clean slate.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let arguments = commandLine(spec)
        let environment = environment(spec, home: home).map { "\($0.key)=\($0.value)" }.sorted()
        var pid = pid_t()
        let code = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            throw SetupError("cannot start \(spec.name) (\(spec.executable)): \(String(cString: strerror(code)))")
        }
        let descriptor = pidfd_open(pid, 0)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw SetupError("cannot watch \(spec.name) (pidfd_open): \(reason)")
        }
        return ChildProcess(pid: pid, descriptor: descriptor)
    }

    private static func commandLine(_ spec: ProcessSpec) -> [String] {
        var line = ["/usr/bin/setpriv", "--pdeathsig", spec.stopSignal.name]
        if let account = spec.account {
            line += ["--reuid", "\(account.user)", "--regid", "\(account.group)", "--init-groups", "--no-new-privs"]
        }
        return line + ["--", spec.executable] + spec.arguments
    }

    private static func environment(_ spec: ProcessSpec, home: Home) -> [String: String] {
        var environment = spec.environment
        environment[Leftovers.mark] = home.path
        for name in ["PATH", "LANG", "TZ"] where environment[name] == nil {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Ends what is left of the process's group, once the process itself is gone.
    func endGroup() { kill(-pid, SIGKILL) }

    /// Waits for the end.
    ///
    /// - Returns: why it ended, or nil when it has not within the time.
    package func waitForEnd(within duration: Duration) -> ExitReason? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let clock = ContinuousClock()
        let deadline = clock.now + duration
        while clock.now < deadline {
            let left = Int32(clamping: (deadline - clock.now).microseconds / 1000 + 1)
            guard poll(&entry, 1, left) == 1 else { continue }
            if let reason = reap() { return reason }
            // Said to have ended, and not to be waited for yet: looked at again, not taken for one that goes on.
            usleep(1000)
        }
        return reap()
    }

    /// The reason why it ended, once it has. The process is then gone from the system's table.
    func reap() -> ExitReason? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
    }
}

extension ProcessSpec.StopSignal {
    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .quit: SIGQUIT
        }
    }

    var name: String {
        switch self {
        case .terminate: "TERM"
        case .interrupt: "INT"
        case .quit: "QUIT"
        }
    }
}

/// The strings as C wants them: an array of pointers that ends with a null.
func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}
