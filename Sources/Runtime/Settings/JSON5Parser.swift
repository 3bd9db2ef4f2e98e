/// Reads a document by recursive descent. The depth and the size have bounds, so that no input exhausts the stack.
struct JSON5Parser {
    static let sizeLimit = 1 << 20
    static let depthLimit = 64

    private let scalars: [Unicode.Scalar]
    private let validUTF8: Bool
    private var position = 0
    private var line = 1
    private var lineStart = 0
    private var depth = 0

    init(_ bytes: [UInt8]) {
        let text = String(validating: bytes, as: UTF8.self)
        validUTF8 = text != nil
        // What is not UTF-8 is read up to there, so that the error has a line.
        scalars = Array((text ?? String(decoding: bytes, as: UTF8.self)).unicodeScalars)
    }

    mutating func document() throws(JSON5Error) -> JSON5 {
        if !validUTF8 {
            // A genuine U+FFFD before it only makes the line too small.
            while let scalar = peek, scalar != "\u{FFFD}" { advance() }
            throw failure("not UTF-8")
        }
        try skipSpace()
        if peek == nil { throw failure("the document is empty") }
        let value = try value()
        try skipSpace()
        if peek != nil { throw failure("nothing but comments may follow the document, found \(shownNext)") }
        return value
    }

    // MARK: Characters

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func peek(ahead: Int) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private mutating func advance() {
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "\n", "\u{2028}", "\u{2029}": newLine()
        case "\r" where peek != "\n": newLine()
        default: break
        }
    }

    private mutating func newLine() {
        line += 1
        lineStart = position
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        advance()
        return true
    }

    private func failure(_ reason: String) -> JSON5Error {
        JSON5Error(line: line, column: position - lineStart + 1, reason: reason)
    }

    private var shownNext: String {
        guard let peek else { return "the end" }
        return "“\(peek.escaped)”"
    }

    private mutating func skipSpace() throws(JSON5Error) {
        while let scalar = peek {
            if scalar == "/" && peek(ahead: 1) == "/" {
                while let scalar = peek, !scalar.endsLine { advance() }
            } else if scalar == "/" && peek(ahead: 1) == "*" {
                let start = failure("a comment that begins here has no end")
                advance()
                advance()
                while !(peek == "*" && peek(ahead: 1) == "/") {
                    if peek == nil { throw start }
                    advance()
                }
                advance()
                advance()
            } else if scalar.isSpace {
                advance()
            } else {
                return
            }
        }
    }

    // MARK: Values

    private mutating func value() throws(JSON5Error) -> JSON5 {
        let start = line
        let content: JSON5.Content
        switch peek {
        case "{": content = .object(try object())
        case "[": content = .array(try array())
        case "\"", "'": content = .string(try string())
        case ".", "+", "-": content = try number()
        case let scalar? where scalar.isDigit: content = try number()
        case let scalar? where scalar.startsName: content = try keyword()
        default: throw failure("a value is missing, found \(shownNext)")
        }
        return JSON5(content: content, line: start)
    }

    private mutating func descend() throws(JSON5Error) {
        guard depth < Self.depthLimit else { throw failure("more than \(Self.depthLimit) levels") }
        depth += 1
    }

    private mutating func object() throws(JSON5Error) -> [JSON5.Member] {
        try descend()
        advance()
        var members: [JSON5.Member] = []
        var lines: [String: Int] = [:]
        while true {
            try skipSpace()
            if take("}") { break }
            let start = self
            let name = try peek == "\"" || peek == "'" ? string() : self.name()
            if let earlier = lines.updateValue(start.line, forKey: name) {
                throw start.failure("\(JSON5.quote(name)) stands in line \(earlier) already")
            }
            try skipSpace()
            guard take(":") else { throw failure("a colon is missing after \(JSON5.quote(name)), found \(shownNext)") }
            try skipSpace()
            members.append(JSON5.Member(name: name, line: start.line, value: try value()))
            try skipSpace()
            if take(",") { continue }
            guard take("}") else { throw failure("a comma or “}” is missing, found \(shownNext)") }
            break
        }
        depth -= 1
        return members
    }

    private mutating func array() throws(JSON5Error) -> [JSON5] {
        try descend()
        advance()
        var items: [JSON5] = []
        while true {
            try skipSpace()
            if take("]") { break }
            items.append(try value())
            try skipSpace()
            if take(",") { continue }
            guard take("]") else { throw failure("a comma or “]” is missing, found \(shownNext)") }
            break
        }
        depth -= 1
        return items
    }

    private mutating func keyword() throws(JSON5Error) -> JSON5.Content {
        let start = self
        switch try name() {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case "Infinity": return .real(.infinity)
        case "NaN": return .real(.nan)
        case let word: throw start.failure("text stands in quotes: “\(word)” is no value")
        }
    }

    /// A name without quotes, as ECMAScript has identifiers.
    private mutating func name() throws(JSON5Error) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = peek {
            let start = self
            var character = scalar
            if scalar == "\\" {
                advance()
                guard take("u") else { throw start.failure("a name takes no escape but \\uXXXX") }
                guard let escaped = Unicode.Scalar(try hexDigits(4)) else {
                    throw start.failure("no character of a name")
                }
                character = escaped
                guard character != "\\", name.isEmpty ? character.startsName : character.continuesName else {
                    throw start.failure("no character of a name")
                }
            } else {
                guard name.isEmpty ? scalar.startsName : scalar.continuesName else { break }
                advance()
            }
            name.append(character)
        }
        guard !name.isEmpty else { throw failure("a name is missing, found \(shownNext)") }
        return String(name)
    }

    // MARK: Strings

    private mutating func string() throws(JSON5Error) -> String {
        let start = failure("a string that begins here has no end")
        let quote = peek
        advance()
        var text = String.UnicodeScalarView()
        while true {
            guard let scalar = peek else { throw start }
            switch scalar {
            case quote:
                advance()
                return String(text)
            case "\n", "\r": throw start
            case "\\":
                advance()
                if let escaped = try escape() { text.append(escaped) }
            default:
                advance()
                text.append(scalar)
            }
        }
    }

    /// What follows a backslash; `nil` for the end of a line, which is left out.
    private mutating func escape() throws(JSON5Error) -> Unicode.Scalar? {
        guard let scalar = peek else { throw failure("a string has no end") }
        let start = self
        advance()
        switch scalar {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "0":
            if peek?.isDigit == true { throw start.failure("no octal escapes") }
            return "\0"
        case "1"..."9": throw start.failure("no octal escapes")
        case "x": return Unicode.Scalar(UInt8(truncatingIfNeeded: try hexDigits(2)))
        case "u": return try unicodeEscape(start)
        case "\r":
            _ = take("\n")
            return nil
        case "\n", "\u{2028}", "\u{2029}": return nil
        default: return scalar
        }
    }

    private mutating func unicodeEscape(_ start: JSON5Parser) throws(JSON5Error) -> Unicode.Scalar {
        let first = try hexDigits(4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw start.failure("half a surrogate pair") }
        let second = try hexDigits(4)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw start.failure("half a surrogate pair") }
        return scalar
    }

    private mutating func hexDigits(_ count: Int) throws(JSON5Error) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peek?.hexValue else { throw failure("\(count) hexadecimal digits are needed") }
            value = value << 4 | digit
            advance()
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSON5Error) -> JSON5.Content {
        let start = self
        let negative = peek == "-"
        if negative || peek == "+" { advance() }
        if let scalar = peek, scalar.startsName {
            switch try name() {
            case "Infinity": return .real(negative ? -.infinity : .infinity)
            case "NaN": return .real(.nan)
            default: throw start.failure("no number")
            }
        }
        if peek == "0", peek(ahead: 1) == "x" || peek(ahead: 1) == "X" {
            return try hexNumber(negative: negative, from: start)
        }

        var text = negative ? "-" : ""
        let whole = digits(into: &text)
        if whole > 1, scalars[position - whole] == "0" { throw start.failure("a number has no zero in front") }
        var isInteger = true
        var fraction = 0
        if take(".") {
            isInteger = false
            // `5.` and `.5` are JSON5, but not what `Double` reads.
            if whole == 0 { text += "0" }
            text += "."
            fraction = digits(into: &text)
            if fraction == 0 { text += "0" }
        }
        guard whole + fraction > 0 else { throw start.failure("a number needs a digit") }
        if take("e") || take("E") {
            isInteger = false
            text += "e"
            if take("-") { text += "-" } else { _ = take("+") }
            guard digits(into: &text) > 0 else { throw start.failure("an exponent needs a digit") }
        }
        if let scalar = peek, scalar.continuesName { throw failure("no number: found \(shownNext) in it") }
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let real = Double(text) else { throw start.failure("no number") }
        return .real(real)
    }

    private mutating func hexNumber(negative: Bool, from start: JSON5Parser) throws(JSON5Error) -> JSON5.Content {
        advance()
        advance()
        var magnitude: UInt64 = 0
        var count = 0
        while let digit = peek?.hexValue {
            guard magnitude >> 60 == 0 else { throw start.failure("the number is too large") }
            magnitude = magnitude << 4 | UInt64(digit)
            count += 1
            advance()
        }
        guard count > 0 else { throw start.failure("0x needs a digit") }
        if let scalar = peek, scalar.continuesName { throw failure("no number: found \(shownNext) in it") }
        guard let value = Int64(exactly: magnitude) else { throw start.failure("the number is too large") }
        return .integer(negative ? -value : value)
    }

    /// Appends the digits that follow and says how many they were.
    private mutating func digits(into text: inout String) -> Int {
        var count = 0
        while let scalar = peek, scalar.isDigit {
            text.unicodeScalars.append(scalar)
            advance()
            count += 1
        }
        return count
    }
}

extension Unicode.Scalar {
    fileprivate var endsLine: Bool { self == "\n" || self == "\r" || self == "\u{2028}" || self == "\u{2029}" }

    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

    fileprivate var isSpace: Bool {
        switch self {
        case "\t", "\u{B}", "\u{C}", " ", "\u{A0}", "\u{FEFF}": true
        default: endsLine || (value > 0x7F && properties.generalCategory == .spaceSeparator)
        }
    }

    fileprivate var startsName: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "$", "_", "\\": true
        default: value > 0x7F && properties.isIDStart
        }
    }

    fileprivate var continuesName: Bool {
        switch self {
        case "0"..."9", "\u{200C}", "\u{200D}": true
        default: startsName || (value > 0x7F && properties.isIDContinue)
        }
    }

    fileprivate var hexValue: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
