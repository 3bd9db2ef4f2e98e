/// The section `log`.
public struct LogSection: SettingsSection {
    public static let name = "log"
    public static let documentation = "What every process writes to standard error."

    public let level: LogLevel
    public let format: LogFormat

    public init(_ read: SectionReader) {
        level = read.choice("level", default: LogLevel.info, "The least level that is written.")
        format = read.choice(
            "format", default: LogFormat.auto,
            "JSON lines with ECS field names for collectors, text for people; auto is text on a terminal.")
    }

    /// The log of a process, as the settings want it.
    public func log(service: String) -> Log {
        Log(service: service, sink: .standardError(level: level, format: format))
    }
}
