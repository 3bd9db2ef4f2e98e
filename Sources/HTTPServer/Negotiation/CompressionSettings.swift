/// When answers are compressed on their way out.
public struct CompressionSettings: Sendable {
    /// Smaller bodies are sent as they are: below this the header outweighs what is saved.
    public var minimumBytes: Int
    /// zlib's 1 (fast) to 9 (small); nil compresses nothing but what was prepared.
    public var level: Int?

    public init(minimumBytes: Int = 1024, level: Int? = 5) {
        precondition(minimumBytes >= 0)
        if let level { precondition((1...9).contains(level), "zlib's levels are 1 to 9") }
        self.minimumBytes = minimumBytes
        self.level = level
    }
}
