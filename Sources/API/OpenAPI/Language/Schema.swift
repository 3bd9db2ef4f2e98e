package import Wire

/// What JSON has to look like: as much of JSON Schema (2020-12) as this interface needs, and nothing that it could say
/// in two ways. `json` is what stands in the description, `SchemaCheck` holds values against it.
///
///     .object([
///         .must("buyer", .string(bytes: 1...255), "Your own id of the buyer."),
///         .may("together", .flag.defaulting(to: true), "Whether the places have to be neighbours."),
///     ])
package indirect enum Schema: Sendable {
    case anything
    case flag
    case string(TextRule)
    /// One of these strings.
    case words([String])
    case constant(JSONValue)
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case list(Schema, count: ClosedRange<Int>, areUnique: Bool)
    /// - isClosed: whether members that are not named here are forbidden. Requests are closed; answers are open, since
    ///   later versions say more.
    case object([Member], isClosed: Bool)
    /// Exactly one of these. Where a member of that name tells which, `by` names it.
    case oneOf([Schema], by: String?)
    case component(Component)
    case noted(Schema, Notes)

    package struct TextRule: Sendable {
        /// UTF-8, which is what is counted: JSON Schema counts characters.
        package var bytes: ClosedRange<Int> = 0...Int.max
        package var pattern: String?
        package var format: String?
    }

    /// A member of an object.
    package struct Member: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool
    }

    /// What helps a reader and forbids nothing.
    package struct Notes: Sendable {
        package var text: String?
        package var example: JSONValue?
        package var standard: JSONValue?
    }
}

/// A schema with a name of its own, which stands once in the description.
package struct Component: Sendable {
    package let name: String
    private let make: @Sendable () -> Schema

    init(_ name: String, _ make: @escaping @Sendable @autoclosure () -> Schema) {
        self.name = name
        self.make = make
    }

    package var schema: Schema { make() }
}

// MARK: - How schemas are written

extension Schema {
    static func object(_ members: [Member]) -> Schema { .object(members, isClosed: false) }
    static func closed(_ members: [Member]) -> Schema { .object(members, isClosed: true) }

    static func string(bytes: ClosedRange<Int> = 0...Int.max, pattern: String? = nil, format: String? = nil) -> Schema {
        .string(TextRule(bytes: bytes, pattern: pattern, format: format))
    }

    static var string: Schema { .string() }
    static var integer: Schema { .integer(.min ... .max) }
    /// Zero or more.
    static var count: Schema { .integer(0 ... .max) }

    static func count(_ range: ClosedRange<Int>) -> Schema {
        .integer(Int64(range.lowerBound)...Int64(range.upperBound))
    }

    static func list(_ of: Schema, _ count: ClosedRange<Int> = 0...Int.max) -> Schema {
        .list(of, count: count, areUnique: false)
    }

    static func set(_ of: Schema, _ count: ClosedRange<Int>) -> Schema { .list(of, count: count, areUnique: true) }

    static func words(_ words: String...) -> Schema { .words(words) }
    static func oneOf(_ schemas: Schema...) -> Schema { .oneOf(schemas, by: nil) }

    /// It, or null.
    var orNull: Schema { .oneOf([self, .constant(nil)], by: nil) }

    func described(_ text: String) -> Schema { noting { $0.text = text } }
    func example(_ value: JSONValue) -> Schema { noting { $0.example = value } }
    func defaulting(to value: JSONValue) -> Schema { noting { $0.standard = value } }

    private func noting(_ change: (inout Notes) -> Void) -> Schema {
        var (schema, notes) = (self, Notes())
        if case .noted(let inner, let known) = self { (schema, notes) = (inner, known) }
        change(&notes)
        return .noted(schema, notes)
    }
}

extension Schema.Member {
    /// A member that has to be there.
    static func must(_ name: String, _ schema: Schema, _ text: String? = nil) -> Schema.Member {
        Schema.Member(name: name, schema: text.map { schema.described($0) } ?? schema, isRequired: true)
    }

    /// A member that may be missing.
    static func may(_ name: String, _ schema: Schema, _ text: String? = nil) -> Schema.Member {
        Schema.Member(name: name, schema: text.map { schema.described($0) } ?? schema, isRequired: false)
    }
}
