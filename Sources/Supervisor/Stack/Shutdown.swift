internal import Glibc

/// Stopping an installation from another process.
public enum Shutdown {
    public enum Outcome: Sendable {
        case wasNotRunning, stopped
    }

    /// Asks the supervisor to stop everything, waits until it has, and ends what a killed supervisor left behind.
    public static func perform(home: Home, within patience: Duration = .seconds(150)) throws(SetupError) -> Outcome {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        let supervisor = try SupervisorLock.holder(of: home)
        if let supervisor {
            guard kill(supervisor, SIGTERM) == 0 else {
                throw SetupError(
                    "cannot stop process \(supervisor): "
                        + "\(String(cString: strerror(errno))); was it started by another user?"
                )
            }
            while try SupervisorLock.holder(of: home) == supervisor {
                guard clock.now < deadline else {
                    throw SetupError("process \(supervisor) has not stopped; see \(home.log(of: "turnstile"))")
                }
                usleep(20_000)
            }
        }
        return try withIdle(home) { () throws(SetupError) in
            let leftovers = Leftovers.end(in: home)
            RunFile.remove(from: home)
            return supervisor == nil && leftovers == 0 ? .wasNotRunning : .stopped
        }
    }

    /// Stops what runs and throws the installation's data away.
    public static func reset(home: Home) throws(SetupError) {
        _ = try perform(home: home)
        try withIdle(home) { () throws(SetupError) in try home.remove() }
    }

    /// Holds the lock meanwhile, so that nobody starts what is being swept up or removed.
    private static func withIdle<Value>(
        _ home: Home, _ body: () throws(SetupError) -> Value
    ) throws(SetupError) -> Value {
        guard Files.exists(home.path) else { return try body() }
        guard let lock = try SupervisorLock.take(in: home) else {
            throw SetupError("Turnstile has just been started again in \(home.path)")
        }
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }
}
