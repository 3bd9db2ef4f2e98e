/// A group of settings that belong to one part, declared beside its code.
///
/// The initializer is the declaration: for each property it names the setting, its default, what is allowed and what it
/// is for. It runs to read the settings, to list them and to write them down, so it must do nothing else and must
/// declare all of them every time.
///
///     public struct QuerySettings: SettingsSection {
///         public static let name = "query"
///         public static let documentation = "Answering reads."
///
///         public let streams: Int
///         public let frameInterval: Duration
///
///         public init(_ read: SectionReader) {
///             streams = read.integer("streams", default: 10_000, in: 1...1_000_000, "Live streams in one process.")
///             frameInterval = read.duration(
///                 "frameInterval", default: .milliseconds(250), in: .milliseconds(50) ... .seconds(5),
///                 "How long changes gather before a stream is told.")
///         }
///     }
public protocol SettingsSection: Sendable {
    /// The key of the section in the file.
    static var name: String { get }
    static var documentation: String { get }

    init(_ read: SectionReader)
}

extension SettingsSection {
    /// The section with every setting at its default, regardless of file and environment: for tests.
    public static var defaults: Self { Self(SectionReader(section: name)) }

    public static var declarations: [SettingDeclaration] {
        let reader = SectionReader(section: name)
        _ = Self(reader)
        return reader.declarations
    }
}
