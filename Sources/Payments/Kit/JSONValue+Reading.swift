internal import Ticketing
internal import Wire

// What providers' answers and messages are read with: what is not there, or is something else, is nil.
extension JSONValue {
    /// A member of a member …
    func at(_ path: String...) -> JSONValue? {
        path.reduce(Optional(self)) { value, name in value?[name] }
    }

    /// A whole number that is written as one.
    var wholeNumber: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    /// A name or a code, of a length that can be kept.
    var word: String? {
        guard let text, (1...Bounds.nameBytes).contains(text.utf8.count) else { return nil }
        return text
    }
}
