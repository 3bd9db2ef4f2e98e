internal import Wire

// As JSON Schema. What says nothing (a bound at the end of its type, an empty list) is left out.
extension Schema {
    var json: JSONValue { .object(keywords) }

    private var keywords: [JSONMember] {
        switch self {
        case .anything: []
        case .flag: [JSONMember("type", "boolean")]
        case .string(let rule): [JSONMember("type", "string")] + rule.keywords
        case .words(let words): [JSONMember("type", "string"), JSONMember("enum", .array(words.map { .string($0) }))]
        case .constant(.null): [JSONMember("type", "null")]
        case .constant(let value): [JSONMember("const", value)]
        case .integer(let range):
            [JSONMember("type", "integer")]
                + (range.lowerBound == .min ? [] : [JSONMember("minimum", .integer(range.lowerBound))])
                + (range.upperBound == .max ? [] : [JSONMember("maximum", .integer(range.upperBound))])
        case .number(let range):
            [
                JSONMember("type", "number"), JSONMember("minimum", .number("\(range.lowerBound)")),
                JSONMember("maximum", .number("\(range.upperBound)")),
            ]
        case .list(let element, let count, let areUnique):
            [JSONMember("type", "array"), JSONMember("items", element.json)]
                + (count.lowerBound == 0 ? [] : [JSONMember("minItems", .integer(count.lowerBound))])
                + (count.upperBound == .max ? [] : [JSONMember("maxItems", .integer(count.upperBound))])
                + (areUnique ? [JSONMember("uniqueItems", true)] : [])
        case .object(let members, let isClosed): Self.keywords(of: members, isClosed: isClosed)
        case .oneOf(let schemas, let name): Self.keywords(of: schemas, by: name)
        case .component(let component): [JSONMember("$ref", .string("#/components/schemas/\(component.name)"))]
        case .noted(let schema, let notes): schema.keywords + notes.keywords
        }
    }

    private static func keywords(of members: [Member], isClosed: Bool) -> [JSONMember] {
        var keywords = [JSONMember("type", "object")]
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { keywords.append(JSONMember("required", .array(required))) }
        keywords.append(JSONMember("properties", .object(members.map { JSONMember($0.name, $0.schema.json) })))
        if isClosed { keywords.append(JSONMember("additionalProperties", false)) }
        return keywords
    }

    private static func keywords(of schemas: [Schema], by name: String?) -> [JSONMember] {
        let alternatives = JSONMember("oneOf", .array(schemas.map(\.json)))
        guard let name else { return [alternatives] }
        let mapping = schemas.compactMap { schema -> JSONMember? in
            guard case .component(let component) = schema, let value = component.schema.constant(of: name) else {
                return nil
            }
            return JSONMember(value, .string("#/components/schemas/\(component.name)"))
        }
        return [
            alternatives,
            JSONMember("discriminator", ["propertyName": .string(name), "mapping": .object(mapping)]),
        ]
    }

    /// What a member of an object always is.
    private func constant(of name: String) -> String? {
        switch self {
        case .object(let members, _):
            for case let member in members where member.name == name {
                if case .constant(.string(let text)) = member.schema.bare { return text }
            }
            return nil
        case .noted(let schema, _): return schema.constant(of: name)
        default: return nil
        }
    }

    /// Without what helps a reader.
    package var bare: Schema {
        if case .noted(let schema, _) = self { schema } else { self }
    }
}

extension Schema.TextRule {
    fileprivate var keywords: [JSONMember] {
        var keywords: [JSONMember] = []
        // No character has more than four bytes, and none less than one.
        if bytes.lowerBound > 0 { keywords.append(JSONMember("minLength", .integer((bytes.lowerBound + 3) / 4))) }
        if bytes.upperBound < .max {
            keywords.append(JSONMember("maxLength", .integer(bytes.upperBound)))
            keywords.append(JSONMember("x-maxBytes", .integer(bytes.upperBound)))
        }
        if let pattern { keywords.append(JSONMember("pattern", .string(pattern))) }
        if let format { keywords.append(JSONMember("format", .string(format))) }
        return keywords
    }
}

extension Schema.Notes {
    fileprivate var keywords: [JSONMember] {
        [
            text.map { JSONMember("description", .string($0)) }, standard.map { JSONMember("default", $0) },
            example.map { JSONMember("examples", [$0]) },
        ].compactMap(\.self)
    }
}
