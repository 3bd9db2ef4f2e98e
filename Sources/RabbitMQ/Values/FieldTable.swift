/// Headers of a message or arguments of a declaration: names with values, in the order in which they were given.
public struct FieldTable: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let name: String
        public var value: FieldValue
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    /// A later entry replaces an earlier one of the same name.
    public init(_ pairs: [(String, FieldValue)]) {
        for (name, value) in pairs { self[name] = value }
    }

    /// Keeps what the broker sent, without a search for doubles.
    init(received entries: [Entry]) {
        self.entries = entries
    }

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(name: String) -> FieldValue? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension FieldTable: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, FieldValue)...) { self.init(elements) }
}
