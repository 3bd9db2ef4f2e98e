/// How much a line matters.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// For whoever looks for a fault in the code.
    case debug
    /// What an operator wants to find later: started, took over, drained.
    case info
    /// Something is wrong, and was dealt with.
    case warning
    /// Something is wrong, and somebody should look.
    case error

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    var rank: UInt8 {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// As `log.level` shows it.
    public var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warn"
        case .error: "error"
        }
    }
}

/// What a line looks like.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `text` on a terminal, else `json`.
    case auto
    /// One JSON object with ECS field names: for collectors.
    case json
    /// For people; in colour on a terminal unless `NO_COLOR` is set.
    case text
}
