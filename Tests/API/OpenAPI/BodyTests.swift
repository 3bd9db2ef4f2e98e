import TestSupport
import Testing
import Wire

@testable import API

/// What the description allows is what the ingress takes, and nothing else: bodies at each bound and just beyond it.
@Suite struct BodyTests {
    @Test(arguments: Bodies.readers.keys.sorted())
    func theSchemaAndTheReaderAgree(_ name: String) throws {
        let reader = try #require(Bodies.readers[name])
        let operation = try #require((Operation.all + Operation.internalOnly).first { $0.name == name })
        let schema = try #require(operation.guide?.body?.schema)
        var (good, bad) = (0, 0)
        for body in Variants.good(of: schema) {
            good += 1
            #expect(SchemaCheck().problems(body, schema) == [], "the variant itself")
            let problems = Bodies.problems(body, of: reader)
            #expect(problems == [], "\(Self.text(body)) is allowed, and refused")
        }
        for body in Variants.bad(of: schema) {
            // A wrong member of one alternative may make a right one of another.
            guard !SchemaCheck().problems(body, schema).isEmpty else { continue }
            // A gate's code is for the ingress, which turns it into the ticket's id: this reader needs none.
            if name == "checkIn", body["code"] == nil, !body.members.isEmpty { continue }
            bad += 1
            let problems = Bodies.problems(body, of: reader)
            #expect(!problems.isEmpty, "\(Self.text(body)) is forbidden, and taken")
            let statuses = Set(problems.compactMap { Int($0.prefix(3)) })
            #expect(
                statuses.isSubset(of: (operation.guide?.problemAnswers ?? []).map(\.status)),
                "\(statuses) is not described")
        }
        #expect(good >= 3 && bad >= 8, "\(good) good ones and \(bad) bad ones")
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.bytes.prefix(300), as: UTF8.self) }
}

/// Values that a schema takes, at its bounds, and values that it does not, just beyond them.
enum Variants {
    /// Larger arrays and texts are not made.
    private static let most = 70_000

    static func good(of schema: Schema) -> [JSONValue] {
        if case .noted(let inner, let notes) = schema {
            return [notes.example].compactMap(\.self) + good(of: inner)
        }
        switch schema {
        case .noted, .anything: return ["x"]
        case .component(let component): return good(of: component.schema)
        case .flag: return [true, false]
        case .constant(let value): return [value]
        case .words(let words): return words.map { .string($0) }
        case .integer(let range): return [.integer(range.lowerBound), .integer(range.upperBound)]
        case .number(let range): return [.number("\(range.lowerBound)"), .number("\(range.upperBound)"), "0.5".number]
        case .string(let rule): return good(of: rule)
        case .list(let element, let count, _):
            let elements = good(of: element)
            let lengths = [count.lowerBound, count.upperBound].filter { $0 <= 1_100 }
            return lengths.map { length in .array((0..<length).map { elements[$0 % elements.count] }) }
        case .object(let members, _): return good(of: members)
        case .oneOf(let schemas, _): return schemas.flatMap { good(of: $0) }
        }
    }

    private static func good(of rule: Schema.TextRule) -> [JSONValue] {
        if rule.format == "date-time" { return ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00"] }
        switch rule.pattern {
        case "^[A-Z]{3}$": return ["EUR"]
        case #"^\S+@\S+$"#: return ["k@x", .string(String(repeating: "x", count: rule.bytes.upperBound - 2) + "@x")]
        case nil, "^[^/]+$": break
        default: return []
        }
        var texts = [String(repeating: "x", count: max(rule.bytes.lowerBound, 0))]
        if rule.bytes.upperBound <= most {
            texts.append(String(repeating: "x", count: rule.bytes.upperBound))
            // As many bytes of characters of four.
            let wide = String(repeating: "🎟", count: rule.bytes.upperBound / 4)
            texts.append(wide + String(repeating: "x", count: rule.bytes.upperBound % 4))
        }
        return texts.map { .string($0) }
    }

    /// All members and only the required ones, and each member's variants.
    private static func good(of members: [Schema.Member]) -> [JSONValue] {
        let full = members.map { JSONMember($0.name, good(of: $0.schema)[0]) }
        var values: [JSONValue] = [.object(full), .object(full.filter { isRequired($0.name, members) })]
        for (index, member) in members.enumerated() {
            for variant in good(of: member.schema).dropFirst() {
                var changed = full
                changed[index] = JSONMember(member.name, variant)
                values.append(.object(changed))
            }
        }
        return values
    }

    private static func isRequired(_ name: String, _ members: [Schema.Member]) -> Bool {
        members.contains { $0.name == name && $0.isRequired }
    }

    static func bad(of schema: Schema) -> [JSONValue] {
        switch schema.bare {
        case .noted, .anything: return []
        case .component(let component): return bad(of: component.schema)
        case .flag: return [nil, "true", 1]
        case .constant: return [nil, "other"]
        case .words: return [nil, "other", 1]
        case .integer(let range):
            return [nil, "1", "1.5".number, .integer(range.lowerBound - 1), .integer(range.upperBound + 1)]
        case .number(let range):
            return [nil, "1", .number("\(range.lowerBound - 0.1)"), .number("\(range.upperBound + 0.1)")]
        case .string(let rule):
            var values: [JSONValue] = [nil, 1, []]
            if rule.bytes.lowerBound > 0 { values.append("") }
            if rule.bytes.upperBound <= most {
                values.append(.string(String(repeating: "x", count: rule.bytes.upperBound + 1)))
            }
            if rule.format == "date-time" { values += ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01"] }
            if rule.pattern == "^[^/]+$" { values.append("a/b") }
            if rule.pattern == "^[A-Z]{3}$" { values += ["eur", "EURO"] }
            if rule.pattern == #"^\S+@\S+$"# { values += ["kim", "@example.com", "kim@", "kim@example.com\n"] }
            return values
        case .list(let element, let count, _):
            let one = good(of: element)[0]
            var values: [JSONValue] = [nil, [:], "x"] + bad(of: element).map { [$0] }
            if count.lowerBound > 0 { values.append([]) }
            if count.upperBound <= 1_100 { values.append(.array(Array(repeating: one, count: count.upperBound + 1))) }
            return values
        case .object(let members, _): return bad(of: members)
        case .oneOf(let schemas, _): return [nil] + schemas.flatMap { bad(of: $0) }
        }
    }

    /// A member missing, one too many, and each member's own mistakes.
    private static func bad(of members: [Schema.Member]) -> [JSONValue] {
        let full = members.map { JSONMember($0.name, good(of: $0.schema)[0]) }
        var values: [JSONValue] = [nil, [], "x", .object(full + [JSONMember("stranger", 1)])]
        for (index, member) in members.enumerated() {
            if member.isRequired {
                var without = full
                without.remove(at: index)
                values.append(.object(without))
            }
            for variant in bad(of: member.schema) {
                var changed = full
                changed[index] = JSONMember(member.name, variant)
                values.append(.object(changed))
            }
        }
        return values
    }
}

extension String {
    fileprivate var number: JSONValue { .number(self) }
}
