/// One process of an installation: how it is started, when it counts as ready, how it is stopped.
public struct ProcessSpec: Sendable {
    /// The name in `run.json`, in the log and of its log file.
    public var name: String
    /// The program's absolute path.
    public var executable: String
    public var arguments: [String]
    /// Added to `PATH`, `LANG` and `TZ`, which alone are inherited, and to the mark that `Leftovers` knows.
    public var environment: [String: String]
    /// Where it runs: a folder inside the installation's home, which is how a leftover is told from a stranger.
    public var directory: String
    /// The account that it runs as when the supervisor is root.
    public var account: Account?
    public var stopSignal: StopSignal
    /// How long it may take to end before it is killed, where that is longer than the settings say.
    public var stopTimeout: Duration
    /// How long it may take to become ready, where that is longer than the settings say.
    public var startTimeout: Duration
    /// Called before each start, the first and every later one.
    public var beforeStart: @Sendable () -> Void
    /// Whether it does its work now. Called every few hundredths of a second while it starts; must return soon.
    public var isReady: @Sendable () -> Bool

    public enum StopSignal: Sendable {
        case terminate, interrupt, quit
    }

    public init(
        name: String, executable: String, arguments: [String] = [], environment: [String: String] = [:],
        directory: String, account: Account? = nil, stopSignal: StopSignal = .terminate,
        stopTimeout: Duration = .zero, startTimeout: Duration = .zero,
        beforeStart: @escaping @Sendable () -> Void = {}, isReady: @escaping @Sendable () -> Bool = { true }
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.account = account
        self.stopSignal = stopSignal
        self.stopTimeout = stopTimeout
        self.startTimeout = startTimeout
        self.beforeStart = beforeStart
        self.isReady = isReady
    }
}

/// Why a process is no longer there.
public enum ExitReason: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    public var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}
