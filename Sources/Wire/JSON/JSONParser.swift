/// Fills a tape. Every byte is looked at behind a check of the end, whatever the text says.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    var nodes: [JSONNode]
    private var position = 0

    init(bytes: UnsafeRawBufferPointer, nodes: [JSONNode]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    mutating func parse() throws(JSONSyntaxError) {
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("something follows the value") }
    }

    private func error(_ message: StaticString) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, message: message)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// Whether the byte here is this one; then it is passed.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func open(_ kind: JSONNode.Kind) throws(JSONSyntaxError) -> Int {
        guard nodes.count < JSONTape.mostNodes else { throw error("too many values") }
        nodes.append(JSONNode(kind: kind, start: UInt32(position), end: 0))
        return nodes.count - 1
    }

    /// A value that contains no other.
    private mutating func add(
        _ kind: JSONNode.Kind, hasEscapes: Bool = false, from start: Int, to end: Int
    ) throws(JSONSyntaxError) {
        guard nodes.count < JSONTape.mostNodes else { throw error("too many values") }
        nodes.append(
            JSONNode(
                kind: kind, hasEscapes: hasEscapes, start: UInt32(start), end: UInt32(end),
                next: UInt32(nodes.count + 1)))
    }

    private mutating func close(_ node: Int, end: Int) {
        nodes[node].end = UInt32(end)
        nodes[node].next = UInt32(nodes.count)
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) {
        guard position < bytes.count else { throw error("a value is missing") }
        switch bytes[position] {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), 0x30...0x39: try number()
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        default: throw error("no value begins so")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) {
        guard depth < JSONTape.deepest else { throw error("nested too deep") }
        let node = try open(.object)
        position += 1
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            while true {
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                    throw error("a name in quotes is missing")
                }
                try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
                skipSpace()
                try value(depth: depth + 1)
                skipSpace()
                if take(UInt8(ascii: "}")) { break }
                guard take(UInt8(ascii: ",")) else { throw error("a comma or the object's end is missing") }
                skipSpace()
            }
        }
        close(node, end: position)
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) {
        guard depth < JSONTape.deepest else { throw error("nested too deep") }
        let node = try open(.array)
        position += 1
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            while true {
                try value(depth: depth + 1)
                skipSpace()
                if take(UInt8(ascii: "]")) { break }
                guard take(UInt8(ascii: ",")) else { throw error("a comma or the array's end is missing") }
                skipSpace()
            }
        }
        close(node, end: position)
    }

    private mutating func word(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError) {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length else { throw error("no value begins so") }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] {
            throw error("no value begins so")
        }
        try add(kind, from: position, to: position + length)
        position += length
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        guard position > start else { throw error("a digit is missing") }
    }

    private mutating func number() throws(JSONSyntaxError) {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = position
        try digits()
        guard position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw error("a number with a leading zero")
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        try add(.number, from: start, to: position)
    }
}

// Strings.
extension JSONParser {
    private mutating func string() throws(JSONSyntaxError) {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlain()
            guard position < bytes.count else { throw error("a string has no end") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                try add(.string, hasEscapes: hasEscapes, from: start, to: position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0..<0x20: throw error("a control character in a string")
            case 0x80...: try multibyte()
            default: position += 1
            }
        }
    }

    /// Passes what needs no second look, eight bytes at a time: all but quotes, backslashes, controls and non-ASCII.
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while bytes.count - position >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            // The lowest marked byte is exact, and the ones above it do not matter.
            let marks =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word | word) & tops
            guard marks == 0 else {
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    private mutating func escape() throws(JSONSyntaxError) {
        position += 1
        guard position < bytes.count else { throw error("a string has no end") }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            switch unit {
            case 0: throw error("the character U+0000")
            case 0xD800...0xDBFF:
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), case 0xDC00...0xDFFF = try hexUnit() else {
                    throw error("half of a surrogate pair")
                }
            case 0xDC00...0xDFFF: throw error("half of a surrogate pair")
            default: break
            }
        default: throw error("an unknown escape")
        }
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt32 {
        guard let unit = JSONText.hexUnit(bytes, at: position) else {
            throw error("four hexadecimal digits are missing")
        }
        position += 4
        return unit
    }

    /// One character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func multibyte() throws(JSONSyntaxError) {
        let first = bytes[position]
        let length: Int
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw error("bytes that are not UTF-8")
        }
        guard bytes.count - position >= length, second.contains(bytes[position + 1]) else {
            throw error("bytes that are not UTF-8")
        }
        for index in 2..<max(length, 2) where bytes[position + index] & 0xC0 != 0x80 {
            throw error("bytes that are not UTF-8")
        }
        position += length
    }
}
