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
        let leftovers = Leftovers.end(in: home)
        if supervisor == nil { RunFile.remove(from: home) }
        return supervisor == nil && leftovers == 0 ? .wasNotRunning : .stopped
    }
}
