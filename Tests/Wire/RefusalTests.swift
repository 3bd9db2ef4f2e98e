import Testing
import Ticketing
import Wire

@Suite struct RefusalTests {
    static func line(_ changes: [String: String] = [:], body: String = #"{"buyer":"b","tier":"A","quantity":1}"#)
        -> String
    {
        var members = [
            ("v", "1"), ("id", "\"\(Samples.id.hex)\""), ("tenant", "\"\(Samples.tenant.text)\""),
            ("key", "\"\(Samples.event.text)\""), ("kind", "\"reserve\""),
            ("target", "\"\(ShowId(Samples.event, 1).text)\""), ("replyTo", "\"ingress-1\""), ("body", body),
        ]
        for index in members.indices.reversed() {
            guard let change = changes[members[index].0] else { continue }
            if change.isEmpty { members.remove(at: index) } else { members[index].1 = change }
        }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    static func problems(_ line: String) -> [String] {
        Samples.decode(Array(line.utf8)).lines.flatMap(\.problems)
    }

    @Test func theLineThatTheOthersDifferFromIsGood() { #expect(Self.problems(Self.line()) == []) }

    @Test(arguments: [
        ("v", "2", ": version 2 is not known"), ("v", "", "/v: is missing"),
        ("id", "", "/id: is missing"), ("id", "\"12\"", "/id: must be 32 digits of lower-case hexadecimal"),
        ("tenant", "7", "/tenant: must be a string"),
        ("key", "\"evt_\"", "/key: must be an id that begins with evt_"),
        ("kind", "\"steal\"", "/kind: is a kind of command that is not known"),
        ("target", "", "/target: is missing"),
        ("target", "\"shw_0000000000000000000000001\"", "/target: belongs to another event than the key"),
        ("replyTo", "\"a b\"", "/replyTo: must have 1 to 128 visible characters of ASCII"),
        ("body", "", ": a body is missing"), ("body", "[]", "/body: must be an object"),
    ])
    func anEnvelopeIsRefused(_ member: String, _ value: String, _ problem: String) {
        #expect(Self.problems(Self.line([member: value])) == [problem])
    }

    @Test(arguments: [
        (#"{"tier":"A","quantity":1}"#, ["/body/buyer: is missing"]),
        (#"{"buyer":"","tier":"A","quantity":1}"#, ["/body/buyer: must have 1 to 255 bytes"]),
        (#"{"buyer":"b","tier":"A","quantity":1,"x/~":1}"#, ["/body/x~1~0: is not known"]),
        (#"{"buyer":"b","tier":"A","quantity":1,"tier":"A"}"#, ["/body/tier: is there twice"]),
        (
            #"{"buyer":"b","tier":"A","quantity":1,"seats":["F/1"]}"#,
            [
                "/body/tier: cannot stand together with seats: send either seats, or tier and quantity",
                "/body/quantity: cannot stand together with seats: send either seats, or tier and quantity",
            ]
        ),
        (#"{"buyer":"b"}"#, ["/body: must have seats, or tier and quantity"]),
        (#"{"buyer":"b","together":true}"#, ["/body: must have seats, or tier and quantity"]),
        (#"{"buyer":"b","quantity":1}"#, ["/body/tier: is missing"]),
        (#"{"buyer":"b","tier":"A"}"#, ["/body/quantity: is missing"]),
        (#"{"buyer":"b","seats":[]}"#, ["/body/seats: must have 1 to 100 elements"]),
        (
            #"{"buyer":null,"tier":[],"quantity":"1"}"#,
            [
                "/body/buyer: must be a string", "/body/tier: must be a string",
                "/body/quantity: must be a whole number from 1 to 100",
            ]
        ),
        (#"{"buyer":"b","tier":"A","quantity":1,"together":1}"#, ["/body/together: must be true or false"]),
    ])
    func aBodyIsRefused(_ body: String, _ problems: [String]) {
        #expect(Self.problems(Self.line(body: body)) == problems)
    }

    @Test(arguments: [
        "0", "101", "-1", "-0", "1.0", "1e0", "99999999999999999999999999999999999999", "1E400", "true", "{}",
    ])
    func anotherNumberThanAWholeOneInRangeIsRefused(_ number: String) {
        let body = #"{"buyer":"b","tier":"A","quantity":\#(number)}"#
        #expect(Self.problems(Self.line(body: body)) == ["/body/quantity: must be a whole number from 1 to 100"])
    }

    @Test(arguments: [
        "Floor", "/A/1", "Floor//1", "Floor/A/0", "Floor/A/01", "Floor/A/-1", "Floor/A/1000000", "a/b/c/1", "A/", "",
    ])
    func aNameThatNoSeatCanHaveIsUnprocessable(_ name: String) throws {
        #expect(SeatName(name) == nil)
        let line = Self.line(body: #"{"buyer":"b","seats":["\#(name)"]}"#)
        let decoded = try #require(Samples.decode(Array(line.utf8)).lines.first)
        guard case .failure(let malformed) = decoded.result else {
            Issue.record("accepted")
            return
        }
        #expect(malformed.problems.map(\.pointer) == ["/body/seats/0"])
        #expect(malformed.status == 422)
    }

    @Test(arguments: [
        ("", "a value is missing"), ("{", "a name in quotes is missing"), ("{}}", "something follows the value"),
        (#"{"a"}"#, "a colon is missing"), (#"{"a":}"#, "no value begins so"),
        (#"{"a":1,}"#, "a name in quotes is missing"), ("[1", "a comma or the array's end is missing"),
        (#"{"a":1"#, "a comma or the object's end is missing"), ("[01]", "a number with a leading zero"),
        ("[-]", "a digit is missing"), ("[1.]", "a digit is missing"), ("[1e+]", "a digit is missing"),
        ("[tru]", "no value begins so"), ("[NaN]", "no value begins so"), ("['a']", "no value begins so"),
        (#"["a]"#, "a string has no end"), ("[\"\t\"]", "a control character in a string"),
        (#"["\x"]"#, "an unknown escape"), (#"["\u12g4"]"#, "four hexadecimal digits are missing"),
        (#"["\u0000"]"#, "the character U+0000"), (#"["\ud800"]"#, "half of a surrogate pair"),
        (#"["\ud800\u0041"]"#, "half of a surrogate pair"), (#"["\udc00"]"#, "half of a surrogate pair"),
        (String(repeating: "[", count: 17), "nested too deep"),
        (String(repeating: #"{"a":"#, count: 100_000), "nested too deep"),
        ("\u{FEFF}{}", "no value begins so"), ("{} {}", "something follows the value"),
    ])
    func whatIsNoJSONIsRefused(_ text: String, _ message: String) {
        let found = body(Array(text.utf8))
        #expect(found.count == 1)
        #expect(found.first?.contains("no JSON: \(message), at byte ") == true, "\(found)")
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func whatIsNotUTF8IsRefused(_ bytes: [UInt8]) {
        let found = body(Array("[\"".utf8) + bytes + Array("\"]".utf8))
        #expect(found.first?.contains("bytes that are not UTF-8") == true, "\(found)")
    }

    /// What is wrong with these bytes as the body of a cancellation. An empty body is none, so that gets a space.
    private func body(_ bytes: [UInt8]) -> [String] {
        var decoder = CommandDecoder()
        return (bytes.isEmpty ? [0x20] : bytes).withUnsafeBytes { bytes in
            do throws(Malformed) {
                _ = try decoder.decode(body: bytes, of: .cancelEvent, about: .event, event: Samples.event)
                return []
            } catch {
                return error.problems.map { "\($0.pointer): \($0.message)" }
            }
        }
    }

    @Test func allProblemsAreCollectedUpToABound() {
        let members = (0..<100).map { "\"x\($0)\":1" }.joined(separator: ",")
        let found = body(Array("{\(members)}".utf8))
        #expect(found.count == Malformed.most)
        #expect(found.first == "/x0: is not known")
    }

    @Test func aBadLineDoesNotSpoilItsNeighbours() throws {
        let good = Self.line()
        let cut = String(good.dropLast(9))
        let message = [good, cut, "", "{}", good].joined(separator: "\n")
        let (refusal, lines) = Samples.decode(Array(message.utf8))
        #expect(refusal == nil)
        try #require(lines.count == 5)
        #expect(lines.map { $0.command != nil } == [true, false, false, false, true])
        // Who sent it and who waits is known of the line that broke off behind them.
        #expect(lines[1].id == Samples.id)
        #expect(lines[1].replyTo == "ingress-1")
        #expect(lines[3].id == nil)
    }

    @Test func aMessageHasBounds() {
        let line = Self.line() + "\n"
        func count(_ number: Int) -> (MessageRefusal?, Int) {
            let (refusal, lines) = Samples.decode(Array(String(repeating: line, count: number).utf8))
            return (refusal, lines.count)
        }
        #expect(count(256) == (nil, 256))
        #expect(count(257) == (.tooManyLines, 0))
        #expect(Samples.decode([]).refusal == .empty)
        let space = String(repeating: " ", count: WireFormat.longestMessage)
        #expect(Samples.decode(Array((line + space + line).utf8)).refusal == .tooLong)
        #expect(Samples.decode(Array((space + line).utf8)).refusal == nil)
        #expect(Samples.decode(Array(String(repeating: " ", count: WireFormat.longestLine).utf8)).refusal == nil)
        #expect(
            Samples.decode(Array(String(repeating: " ", count: WireFormat.longestLine + 1).utf8)).refusal == .tooLong)
        #expect(
            Samples.decode(Array((String(repeating: " ", count: WireFormat.longestLine) + "\n").utf8)).refusal == nil)
    }
}
