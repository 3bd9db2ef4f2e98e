package import API
package import Wire

/// Holds a value against a schema, and says everything that is wrong with it, each with its place.
package struct SchemaCheck {
    /// Whether a member that the schema does not name is wrong, even where it allows more: for answers of our own,
    /// which have to say no more than is described.
    package var isStrict: Bool

    package init(isStrict: Bool = false) { self.isStrict = isStrict }

    package func problems(_ value: JSONValue, _ schema: Schema, at place: String = "") -> [String] {
        func wrong(_ text: String) -> [String] { ["\(place.isEmpty ? "/" : place) \(text)"] }
        switch schema {
        case .anything: return []
        case .noted(let schema, _): return problems(value, schema, at: place)
        case .component(let component): return problems(value, component.schema, at: place)
        case .flag:
            if case .flag = value { return [] }
            return wrong("is no Boolean")
        case .constant(let constant): return value == constant ? [] : wrong("is not \(text(constant))")
        case .words(let words):
            return words.contains { value == .string($0) } ? [] : wrong("is \(text(value)), none of \(words)")
        case .string(let rule):
            guard case .string(let text) = value else { return wrong("is no string") }
            return check(text, rule).flatMap(wrong)
        case .integer(let range):
            guard case .number(let text) = value, let number = Int64(text) else { return wrong("is no whole number") }
            return range.contains(number) ? [] : wrong("is \(number), not in \(range)")
        case .number(let range):
            guard case .number(let text) = value, let number = Double(text) else { return wrong("is no number") }
            return range.contains(number) ? [] : wrong("is \(number), not in \(range)")
        case .list(let element, let count, let areUnique):
            guard case .array(let elements) = value else { return wrong("is no array") }
            var found = count.contains(elements.count) ? [] : wrong("has \(elements.count) elements, not \(count)")
            if areUnique, Set(elements).count < elements.count { found += wrong("has an element twice") }
            for (index, one) in elements.enumerated() { found += problems(one, element, at: "\(place)/\(index)") }
            return found
        case .object(let members, let isClosed): return check(value, members, isClosed: isClosed, at: place)
        case .oneOf(let schemas, let name): return check(value, schemas, by: name, at: place)
        }
    }

    private func check(_ value: JSONValue, _ known: [Schema.Member], isClosed: Bool, at place: String) -> [String] {
        guard case .object(let members) = value else { return ["\(place.isEmpty ? "/" : place) is no object"] }
        var found: [String] = []
        for schema in known where schema.isRequired && value[schema.name] == nil {
            found.append("\(place)/\(schema.name) is missing")
        }
        var seen: Set<String> = []
        // What names no members at all may have any.
        let isOpen = known.isEmpty || !(isClosed || isStrict)
        for member in members {
            let own = "\(place)/\(member.name)"
            if !seen.insert(member.name).inserted { found.append("\(own) is there twice") }
            if let schema = known.first(where: { $0.name == member.name }) {
                found += problems(member.value, schema.schema, at: own)
            } else if !isOpen {
                found.append("\(own) is not described")
            }
        }
        return found
    }

    private func check(_ value: JSONValue, _ schemas: [Schema], by name: String?, at place: String) -> [String] {
        let found = schemas.map { problems(value, $0, at: place) }
        switch found.count(where: \.isEmpty) {
        case 1: return []
        case 0:
            let named = name.flatMap { value[$0] }.map { "\(name ?? "") \(text($0)): " } ?? ""
            // What is nearest is the one that was meant.
            let nearest = found.min { $0.count < $1.count } ?? []
            return ["\(place.isEmpty ? "/" : place) is none of \(schemas.count) schemas: \(named)\(nearest)"]
        default: return ["\(place.isEmpty ? "/" : place) is more than one of \(schemas.count) schemas"]
        }
    }

    private func check(_ text: String, _ rule: Schema.TextRule) -> [String] {
        var found: [String] = []
        if !rule.bytes.contains(text.utf8.count) { found.append("has \(text.utf8.count) bytes, not \(rule.bytes)") }
        if let pattern = rule.pattern {
            guard let regex = try? Regex(pattern) else { return ["has a pattern that is none: \(pattern)"] }
            if text.firstMatch(of: regex) == nil { found.append("“\(text)” does not match \(pattern)") }
        }
        switch rule.format {
        case "date-time": if !Self.isTime(text) { found.append("“\(text)” is no time") }
        case "uri": if !text.contains("://") { found.append("“\(text)” is no URI") }
        default: break
        }
        return found
    }

    private static func isTime(_ text: String) -> Bool {
        text.wholeMatch(of: #/\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)/#) != nil
    }

    private func text(_ value: JSONValue) -> String { String(decoding: value.bytes, as: UTF8.self) }
}
