/// Any JSON, as a tree: for what is looked at value by value and not often, such as a schema or an example.
package indirect enum JSONValue: Hashable, Sendable {
    /// In the order in which they are written.
    case object([JSONMember])
    case array([JSONValue])
    case string(String)
    /// As it is written, so that nothing is lost.
    case number(String)
    case flag(Bool)
    case null
}

package struct JSONMember: Hashable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// The value of a member; nil where there is none, and of anything but an object.
    package subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    package var members: [JSONMember] {
        if case .object(let members) = self { members } else { [] }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number("\(value)") }
    package init(booleanLiteral flag: Bool) { self = .flag(flag) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { JSONMember($0.0, $0.1) })
    }
}

// MARK: - Text

extension JSONValue {
    /// Without space between its parts.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// - Throws: for what the parser of commands does not take either. Names that stand twice are kept.
    package init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        var tape = JSONTape()
        let result: Result<JSONValue, JSONSyntaxError> = bytes.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
                return .success(JSONValue(0, of: tape.nodes, bytes))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    private init(_ index: Int, of nodes: [JSONNode], _ bytes: UnsafeRawBufferPointer) {
        let node = nodes[index]
        func text(_ index: Int) -> String {
            let raw = UnsafeRawBufferPointer(rebasing: bytes[Int(nodes[index].start)..<Int(nodes[index].end)])
            guard nodes[index].hasEscapes else { return String(decoding: raw, as: UTF8.self) }
            return String(decoding: JSONText.unescaped(raw), as: UTF8.self)
        }
        switch node.kind {
        case .string: self = .string(text(index))
        case .number: self = .number(text(index))
        case .yes: self = true
        case .no: self = false
        case .null: self = nil
        case .array:
            var elements: [JSONValue] = []
            var child = index + 1
            while child < Int(node.next) {
                elements.append(JSONValue(child, of: nodes, bytes))
                child = Int(nodes[child].next)
            }
            self = .array(elements)
        case .object:
            var members: [JSONMember] = []
            var name = index + 1
            while name < Int(node.next) {
                members.append(JSONMember(text(name), JSONValue(name + 1, of: nodes, bytes)))
                name = Int(nodes[name + 1].next)
            }
            self = .object(members)
        }
    }
}

extension JSONWriter {
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .string(let text): string(text)
        case .number(let text): raw(text.utf8)
        case .flag(let value): flag(value)
        case .null: raw("null".utf8)
        case .array(let elements):
            beginArray()
            for value in elements {
                element()
                self.value(value)
            }
            endArray()
        case .object(let members):
            beginObject()
            for (position, member) in members.enumerated() {
                if position > 0 { raw(",".utf8) }
                string(member.name)
                raw(":".utf8)
                self.value(member.value)
            }
            endObject()
        }
    }
}
