/// What is wrong with a text, and where: a JSON pointer (RFC 6901) and a message for people.
public struct Problem: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// It cannot be read as what it should be: 400.
        case form
        /// It can be read, but cannot name anything: 422.
        case meaning
    }

    public let pointer: String
    public let message: String
    public let kind: Kind

    public init(pointer: String, message: String, kind: Kind = .form) {
        self.pointer = pointer
        self.message = message
        self.kind = kind
    }
}

/// Why a body was not taken: everything that is wrong with it, up to `most`.
public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    public static let most = 32

    public let problems: [Problem]

    public init(_ problems: [Problem]) { self.problems = problems }

    public var description: String {
        problems.map { "\($0.pointer.isEmpty ? "the line" : $0.pointer) \($0.message)" }.joined(separator: "; ")
    }

    /// 400, or 422 where the form is right.
    public var status: Int { problems.allSatisfy { $0.kind == .meaning } ? 422 : 400 }
}
