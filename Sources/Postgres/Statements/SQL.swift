/// The text of a statement. It is made from literals only, so nothing that a user sent can become part of it:
/// values travel as parameters (`$1`), names as `PostgresIdentifier`.
///
///     let byID: SQL = "SELECT name FROM event WHERE id = $1"
///     let create: SQL = "CREATE DATABASE \(PostgresIdentifier("tenant_7"))"
public struct SQL: Sendable {
    enum Source: Sendable {
        /// Known by its address: it is prepared once per connection.
        case literal(StaticString)
        /// Put together at run time: sent as it is, never prepared.
        case composed(String)
    }

    let source: Source

    /// A whole script, such as a migration file, whose author is trusted as the author of the program is.
    ///
    /// It may hold several statements, and is run by `run(script:)`. Never build one from input.
    public init(trustedScript: String) {
        source = .composed(trustedScript)
    }

    /// The text, as shown in errors.
    public var text: String {
        switch source {
        case .literal(let literal): literal.description
        case .composed(let text): text
        }
    }

    /// Calls `body` with the text as a C string; a literal is not copied.
    func withCString<Value, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        switch source {
        case .literal(let literal) where literal.hasPointerRepresentation:
            // A StaticString's bytes end with a zero and live as long as the program.
            return try body(UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self))
        case .literal(let literal):
            return try Self.withCString(of: literal.description, body)
        case .composed(let text):
            return try Self.withCString(of: text, body)
        }
    }

    private static func withCString<Value, Failure: Error>(
        of text: String, _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // String's own withCString does not carry a typed error through.
        let outcome = text.withCString { pointer -> Result<Value, Failure> in
            do throws(Failure) { return .success(try body(pointer)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral value: StaticString) {
        source = .literal(value)
    }

    public init(stringInterpolation interpolation: Interpolation) {
        source = .composed(interpolation.text)
    }

    /// Takes names and other statements' text, and nothing else.
    public struct Interpolation: StringInterpolationProtocol {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            text += literal.description
        }

        public mutating func appendInterpolation(_ name: PostgresIdentifier) {
            text += name.quoted
        }

        public mutating func appendInterpolation(_ names: [PostgresIdentifier]) {
            text += names.map(\.quoted).joined(separator: ", ")
        }

        public mutating func appendInterpolation(_ part: SQL) {
            text += part.text
        }
    }
}
