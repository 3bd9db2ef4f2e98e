internal import Glibc
internal import Synchronization

/// Where log lines go, which levels are on, and what the lines look like. Several logs share one.
///
/// Each line leaves by one `write`, whole, in the order in which threads came. A reader that has gone or sleeps neither
/// ends nor holds up the process: a full pipe is waited for once, for `patience`; from then on lines are dropped and
/// counted until it takes one again, and a line then says how many are missing. To be able to not wait, a pipe or a
/// terminal is opened a second time, non-blocking, which leaves the descriptor that other processes share as it was.
/// Where that is not allowed (a pipe of another user) it asks `poll` first; only then can another writer's line in
/// between make one wait.
public final class LogSink: Sendable {
    /// How long one line waits for room in a full pipe.
    public static let patience = Duration.milliseconds(100)

    let style: LogStyle
    private let minimum: Atomic<UInt8>
    private let lost = Atomic<Int>(0)
    private let output: Lock<Output>

    /// Standard error, from now on: a later `dup2` over descriptor 2 is not followed.
    ///
    /// `SIGPIPE` is ignored from here on, since a reader that goes away must not take the process with it. What is
    /// started by `exec` inherits that: see `Signals`.
    public static func standardError(level: LogLevel = .info, format: LogFormat = .auto) -> LogSink {
        signal(SIGPIPE, SIG_IGN)
        return LogSink(descriptor: STDERR_FILENO, level: level, format: format)
    }

    /// A descriptor, which must stay open as long as the sink is used.
    public init(descriptor: Int32, level: LogLevel = .info, format: LogFormat = .auto) {
        style = LogStyle(format, terminal: isatty(descriptor) == 1)
        minimum = Atomic(level.rank)
        output = Lock(.descriptor(LogDescriptor(descriptor)))
    }

    /// A function that gets each line with its end; one at a time, from any thread.
    public init(level: LogLevel = .info, format: LogFormat = .json, _ body: @escaping @Sendable (String) -> Void) {
        style = LogStyle(format, terminal: false)
        minimum = Atomic(level.rank)
        output = Lock(.function(body))
    }

    /// The least level that is written; may be changed at any time.
    public var level: LogLevel {
        get {
            let rank = minimum.load(ordering: .relaxed)
            return LogLevel.allCases.first { $0.rank == rank } ?? .error
        }
        set { minimum.store(newValue.rank, ordering: .relaxed) }
    }

    /// How many lines were lost since the start because nobody took them.
    public var dropped: Int { lost.load(ordering: .relaxed) }

    @inline(__always)
    func isOn(_ level: LogLevel) -> Bool { level.rank >= minimum.load(ordering: .relaxed) }

    /// Writes a whole line.
    ///
    /// - Returns: how many lines before it were lost and have not been reported yet; `nil` when none or when this one
    /// is
    ///   lost as well.
    func write(_ line: UnsafeRawBufferPointer) -> Int? {
        // The lock is held across the call because it is what keeps lines whole and in order; the wait has a bound.
        output.withLock { output in
            switch output {
            case .function(let body):
                body(String(decoding: line, as: UTF8.self))
                return nil
            case .descriptor(let descriptor):
                let (written, missed) = descriptor.write(line)
                if !written { lost.add(1, ordering: .relaxed) }
                return missed
            }
        }
    }

    private enum Output {
        case function(@Sendable (String) -> Void)
        case descriptor(LogDescriptor)
    }
}

/// What lines look like, once `auto` is resolved.
enum LogStyle: Sendable {
    case json
    case text(colour: Bool)

    init(_ format: LogFormat, terminal: Bool) {
        switch format {
        case .json: self = .json
        case .auto where !terminal: self = .json
        case .auto, .text:
            let dumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? true
            // https://no-color.org: any value but the empty one.
            let refused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
            self = .text(colour: terminal && !dumb && !refused)
        }
    }
}
