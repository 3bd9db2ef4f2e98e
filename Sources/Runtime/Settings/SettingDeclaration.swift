/// What is known of one setting: enough to check it, to explain it and to write it down.
public struct SettingDeclaration: Sendable {
    public let section: String
    public let name: String
    /// What may stand there: `a duration from 1s to 1h`.
    public let allowed: String
    /// The default as JSON5; `nil` when there is none, and the setting may be left out.
    public let defaultValue: String?
    public let documentation: String
    public let isSecret: Bool

    /// As messages name it: `postgres.poolSize`.
    public var key: String { "\(section).\(name)" }

    /// The environment variable that overrides it: `postgres.poolSize` is `TURNSTILE_POSTGRES_POOL_SIZE`.
    public var variable: String { Self.prefix + Self.shouted(section) + "_" + Self.shouted(name) }

    static let prefix = "TURNSTILE_"

    /// `poolSize` as `POOL_SIZE`, `maxRSSBytes` as `MAX_RSS_BYTES`.
    static func shouted(_ name: String) -> String {
        var shouted = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            if index > 0, character.isUppercase {
                let follows = index + 1 < characters.count ? characters[index + 1] : character
                if !characters[index - 1].isUppercase || follows.isLowercase { shouted += "_" }
            }
            shouted += character.uppercased()
        }
        return shouted
    }
}
