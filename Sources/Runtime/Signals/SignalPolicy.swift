/// What a signal means, given those before it.
///
/// The first TERM or INT begins the drain. A later one ends the process at once, unless it comes within a second of the
/// first: Ctrl-C in a terminal reaches a supervisor and its children alike, and the supervisor then sends TERM as well.
struct SignalPolicy {
    enum Action: Equatable {
        case drain(ShutdownSignal.Reason)
        case ignore
        /// With the exit code that a shell reports for this signal: 128 and its number.
        case exit(Int32)
    }

    enum Signal: Equatable {
        case terminate
        case interrupt

        var exitCode: Int32 { self == .terminate ? 143 : 130 }
    }

    static let sameWish = Duration.seconds(1)

    private var first: MonotonicTime?

    mutating func receive(_ signal: Signal, at now: MonotonicTime) -> Action {
        guard let first else {
            first = now
            return .drain(signal == .terminate ? .terminated : .interrupted)
        }
        return now - first < Self.sameWish ? .ignore : .exit(signal.exitCode)
    }
}
