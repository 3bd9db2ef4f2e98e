/// One value of a JSON text: where it stands, and where the next one after it and all that it contains does.
struct JSONNode {
    enum Kind: UInt8 {
        case object, array, string, number, yes, no, null
    }

    var kind: Kind
    /// A string's text has escapes, so that its bytes are not its value.
    var hasEscapes = false
    /// Of a string without its quotes.
    var start: UInt32
    var end: UInt32
    /// The index of the node that follows; 0 while that is not known.
    var next: UInt32 = 0
}

package struct JSONSyntaxError: Error {
    package let offset: Int
    package let message: StaticString
}

/// A JSON text (RFC 8259) as a flat list of its values, in the order of the text: an object is followed by its names
/// and values in turn, an array by its elements. The memory is used again for the next text.
///
/// Stricter than the RFC: no U+0000, which the database cannot store, and no lone surrogates. Names that occur twice
/// are left to the reader of the object.
package struct JSONTape {
    static let deepest = 16
    /// More than any text of the longest command needs that says something.
    static let mostNodes = 1_000_000
    /// What is kept for the next text.
    private static let keptNodes = 16_384

    private(set) var nodes: [JSONNode] = []

    package init() {}

    /// What `nodes` holds after an error is what had been read until then; a value that is not whole has no `next`.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        if nodes.capacity > Self.keptNodes { nodes = [] }
        nodes.removeAll(keepingCapacity: true)
        guard bytes.count <= Int(Int32.max) else { throw JSONSyntaxError(offset: 0, message: "the text is too long") }
        var parser = JSONParser(bytes: bytes, nodes: nodes)
        nodes = []
        defer { nodes = parser.nodes }
        try parser.parse()
    }
}
