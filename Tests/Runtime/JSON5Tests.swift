internal import Foundation
internal import Runtime
internal import Testing

@Suite struct JSON5Tests {
    private func parse(_ text: String) throws -> JSON5 { try JSON5.parse(Array(text.utf8)) }

    /// A plain form to compare with.
    private func plain(_ value: JSON5) -> String {
        switch value.content {
        case .object(let members): "{" + members.map { "\($0.name):\(plain($0.value))" }.joined(separator: ",") + "}"
        case .array(let items): "[" + items.map(plain).joined(separator: ",") + "]"
        case .string(let text): "'\(text)'"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .null: "null"
        }
    }

    @Test(arguments: [
        ("{}", "{}"), (" [ ] ", "[]"), ("null", "null"), ("true", "true"), ("\u{FEFF}false\u{A0}\u{2003}", "false"),
        ("{a: 1, 'b': 2, \"c\": 3, $d_1: 4,}", "{a:1,b:2,c:3,$d_1:4}"), ("[1, 2, 3,]", "[1,2,3]"),
        ("// one\n{ /* two\n * three */ a: /**/ 1 } // four", "{a:1}"),
        ("{\\u0061b: 1, ünï: 2, true: 3}", "{ab:1,ünï:2,true:3}"),
        ("0x1F", "31"), ("-0X10", "-16"), ("+5", "5"), (".5", "0.5"), ("5.", "5.0"), ("-.5e-1", "-0.05"),
        ("5.e1", "50.0"),
        ("1E3", "1000.0"), ("0", "0"), ("-0", "0"), ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9.223372036854776e+18"), ("Infinity", "inf"), ("-Infinity", "-inf"), ("+NaN", "nan"),
        ("'it\\'s \"x\"'", "'it's \"x\"'"), ("\"\\b\\f\\n\\r\\t\\v\\0\\x41\\u00e9\"", "'\u{8}\u{C}\n\r\t\u{B}\0Aé'"),
        ("'\\ud83c\\udfab'", "'🎫'"), ("'a\\\nb\\\r\nc'", "'abc'"), ("'\\q\\''", "'q''"), ("'\u{2028}'", "'\u{2028}'"),
    ])
    func reads(text: String, expected: String) throws {
        #expect(plain(try parse(text)) == expected)
    }

    @Test(arguments: [
        ("", 1, "empty"), ("// only", 1, "empty"), ("{", 1, "a name"), ("{a}", 1, "colon"), ("{a:}", 1, "value"),
        ("{a:1\nb:2}", 2, "comma"), ("[1,,2]", 1, "value"), ("[,]", 1, "value"), ("{,}", 1, "name"), ("[1", 1, "comma"),
        ("{a:1,\n\n a:2}", 3, "line 1"), ("'abc", 1, "no end"), ("'a\nb'", 1, "no end"), ("/* x", 1, "no end"),
        ("1 2", 1, "follow"), ("{a: ten}", 1, "quotes"), ("01", 1, "zero"), ("0x", 1, "digit"), ("1e", 1, "exponent"),
        (".", 1, "digit"), ("-", 1, "digit"), ("+-1", 1, "digit"), ("5px", 1, "number"),
        ("0xFFFFFFFFFFFFFFFF", 1, "large"),
        ("'\\1'", 1, "octal"), ("'\\01'", 1, "octal"), ("'\\xZZ'", 1, "hexadecimal"), ("'\\ud83c'", 1, "surrogate"),
        ("'\\udfab'", 1, "surrogate"), ("{a\\u0020: 1}", 1, "name"), ("{\\u005c: 1}", 1, "name"),
        ("{1a: 1}", 1, "name"),
        ("\n\n#", 3, "value"), ("-Infinit", 1, "number"), ("\r\n\r\n?", 3, "value"), ("{a: 'x\\", 1, "no end"),
    ])
    func refusesWithLineAndReason(text: String, line: Int, reason: String) throws {
        let error = #expect(throws: JSON5Error.self) { try parse(text) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func whatIsNoUTF8IsRefusedWithItsLine() {
        let error = #expect(throws: JSON5Error.self) { try JSON5.parse(Array("{\n a: \"".utf8) + [0xFF]) }
        #expect(error?.line == 2)
    }

    @Test func depthAndSizeHaveBounds() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parse(nested(64))
        #expect(throws: JSON5Error.self) { try parse(nested(65)) }
        #expect(throws: JSON5Error.self) { try parse(String(repeating: "[", count: 1 << 20)) }
        #expect(throws: JSON5Error.self) { try parse(String(repeating: " ", count: 1 << 20 + 1)) }
    }

    @Test func linesAreThoseOfTheNamesAndValues() throws {
        let document = try parse("{\n  a: {\n    b:\n 1 } }")
        guard case .object(let outer) = document.content, case .object(let inner) = outer[0].value.content else {
            Issue.record("no object")
            return
        }
        #expect(outer[0].line == 2 && inner[0].line == 3 && inner[0].value.line == 4)
    }

    @Test func everyJSONDocumentOfFoundationsReadsAsItWasWritten() {
        func make(_ random: inout SeededRandom, depth: Int) -> Any {
            switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
            case 0: return NSNull()
            case 1: return Bool.random(using: &random)
            case 2: return Int.random(in: .min ... .max, using: &random)
            case 3: return Double.random(in: -1e9...1e9, using: &random)
            case 4: return random.text(upTo: 20)
            case 5: return (0..<Int.random(in: 0...4, using: &random)).map { _ in make(&random, depth: depth + 1) }
            default:
                var object: [String: Any] = [:]
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    object[random.text(upTo: 6)] = make(&random, depth: depth + 1)
                }
                return object
            }
        }
        func same(_ ours: JSON5, _ theirs: Any) -> Bool {
            switch ours.content {
            case .null: return theirs is NSNull
            case .string(let text): return theirs as? String == text
            case .boolean(let flag): return theirs as? Bool == flag
            case .integer(let number): return theirs as? Int == Int(number) || theirs as? Double == Double(number)
            case .real(let number): return theirs as? Double == number
            case .array(let items):
                guard let other = theirs as? [Any], other.count == items.count else { return false }
                return zip(items, other).allSatisfy(same)
            case .object(let members):
                guard let other = theirs as? [String: Any], other.count == members.count else { return false }
                return members.allSatisfy { member in other[member.name].map { same(member.value, $0) } ?? false }
            }
        }
        forRandomCases(2_000) { random in
            let options: JSONSerialization.WritingOptions =
                Bool.random(using: &random) ? [.fragmentsAllowed] : [.fragmentsAllowed, .prettyPrinted]
            // Compared with what was written, since Foundation reads some numbers back with a wrong last digit.
            let theirs = make(&random, depth: 0)
            let data = try JSONSerialization.data(withJSONObject: theirs, options: options)
            try #require(same(try JSON5.parse([UInt8](data)), theirs), "\(String(decoding: data, as: UTF8.self))")
        }
    }

    @Test func hostileBytesNeverTrap() {
        let pieces = [
            "{", "}", "[", "]", ":", ",", "'", "\"", "\\", "\\u", "\\ud83c", "\\x", "//", "/*", "*/", "\n", "\r", "0x",
            "0", ".",
            "e", "-", "+", "Infinity", "NaN", "true", "null", "a", "\u{2028}", "\u{FEFF}", "🎫", "9999999999999999999",
        ]
        forRandomCases(20_000) { random in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                if Int.random(in: 0..<10, using: &random) == 0 {
                    bytes += random.bytes(2)
                } else {
                    bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
                }
            }
            do {
                _ = try JSON5.parse(bytes).shown
            } catch let error as JSON5Error {
                try #require((1...31).contains(error.line))
            }
        }
    }
}
