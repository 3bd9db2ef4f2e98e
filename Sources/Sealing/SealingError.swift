/// What went wrong in this library. Says nothing of keys or of what was sealed.
public struct SealingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing went wrong; there may be more kinds some day.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// A key, a signature or a seed does not have the length that it must have.
        public static let wrongLength = Code(description: "wrong-length")
        /// Text is not of the form that was promised, such as a stored password's.
        public static let malformed = Code(description: "malformed")
        /// What was sealed was changed, or belongs to another key or other associated data.
        public static let notAuthentic = Code(description: "not-authentic")
        /// The system has no memory for what was asked.
        public static let outOfMemory = Code(description: "out-of-memory")
    }

    public let code: Code
    public let description: String

    static func wrongLength(_ what: String, is length: Int, mustBe right: Int) -> SealingError {
        SealingError(code: .wrongLength, description: "\(what) has \(length) bytes instead of \(right)")
    }
}
