import HTTPServer
import TestSupport
import Testing
import Wire

@testable import API

/// The checker finds what it is there to find, and nothing else.
@Suite struct SchemaCheckTests {
    private func problems(_ text: String, _ schema: Schema, isStrict: Bool = false) -> [String] {
        SchemaCheck(isStrict: isStrict).problems(text: Array(text.utf8), schema)
    }

    private static let cases: [(Schema, good: [String], bad: [String])] = [
        (.flag, ["true", "false"], ["null", "1", #""true""#]),
        (.string(bytes: 1...4), [#""a""#, #""🎟""#], [#""""#, #""abcde""#, #""🎟a""#, "1", "null"]),
        (.string(pattern: "^a+$"), [#""aa""#], [#""ab""#]),
        (.time, [#""2026-11-20T09:05:00Z""#, #""2026-11-20T09:05:00.123+01:00""#], [#""2026-11-20""#, #""now""#]),
        (.string(format: "uri"), [#""https://a/b""#], [#""a""#]),
        (.words("a", "b"), [#""a""#], [#""c""#, "1"]),
        (.constant("a"), [#""a""#], [#""b""#, "null"]), (.constant(nil), ["null"], ["0"]),
        (.integer(1...3), ["1", "3"], ["0", "4", "1.5", "1.0", #""1""#]),
        (.number(-1...1), ["1", "-0.5"], ["1.1", #""1""#]),
        (.list(.integer, 1...2), ["[1]", "[1,2]"], ["[]", "[1,2,3]", #"["a"]"#, "{}"]),
        (.set(.integer, 0...3), ["[1,2]"], ["[1,1]"]),
        (
            .closed([.must("a", .integer), .may("b", .flag)]), [#"{"a":1}"#, #"{"b":true,"a":1}"#],
            ["{}", #"{"a":1,"c":1}"#, #"{"a":1,"a":1}"#, #"{"a":1,"b":1}"#, "[]"]
        ),
        (.object([.must("a", .integer)]), [#"{"a":1,"c":1}"#], [#"{"c":1}"#]),
        (.oneOf(.integer, .flag), ["1", "true"], ["null"]),
        (.oneOf(.integer(0...5), .integer(5...9)), ["4", "6"], ["5", "10"]),
        (Schema.integer.orNull, ["1", "null"], ["true"]),
        (
            .component(.money), [#"{"amount":-1,"currency":"EUR"}"#],
            [#"{"amount":1}"#, #"{"amount":1,"currency":"e"}"#]
        ),
        (Schema.integer.described("x").example(1).defaulting(to: 2), ["3"], ["null"]),
    ]

    @Test(arguments: cases.indices)
    func findsWhatIsWrong(_ index: Int) {
        let (schema, good, bad) = Self.cases[index]
        for text in good { #expect(problems(text, schema) == []) }
        for text in bad { #expect(problems(text, schema).count == 1, "\(text)") }
    }

    @Test func saysWhere() {
        let schema = Schema.object([.must("a", .list(.object([.must("b", .flag)])))])
        #expect(problems(#"{"a":[{"b":true},{"b":1},{}]}"#, schema) == ["/a/1/b is no Boolean", "/a/2/b is missing"])
        #expect(problems("{", schema).first?.contains("no JSON") == true)
    }

    @Test func isStrictWhereItShallBe() {
        let schema = Schema.object([.may("a", .flag), .may("any", .object([]))])
        #expect(problems(#"{"b":1,"any":{"c":1}}"#, schema) == [])
        #expect(problems(#"{"b":1,"any":{"c":1}}"#, schema, isStrict: true) == ["/b is not described"])
    }
}

/// Real answers are held against the description.
@Suite struct ConformanceTests {
    private let headers = [("Content-Type", "application/json"), ("Request-Id", "req_1")]

    private func problems(
        _ status: Int, _ headers: [(String, String)], _ body: String, of operation: API.Operation = .releaseReservation
    ) -> [String] {
        Conformance.problems(operation, status: status, headers: headers, body: Array(body.utf8))
    }

    private var released: String {
        let body: JSONValue = [
            "reservationId": Samples.reservation, "status": "released", "decision": Samples.decision,
        ]
        return String(decoding: body.bytes, as: UTF8.self)
    }

    @Test func aGoodAnswerIsGood() {
        #expect(problems(200, headers, released) == [])
        #expect(problems(200, headers + [("RateLimit", "x")], released) == [])
    }

    @Test func whatIsNotDescribedIsFound() {
        #expect(problems(204, headers, "") == ["the status is not described"])
        #expect(problems(200, [headers[0]], released) == ["the header Request-Id is missing"])
        #expect(problems(200, [headers[1]], released) == ["there is no Content-Type"])
        #expect(
            problems(200, [("Content-Type", "text/html"), headers[1]], released)
                == ["the type text/html is not described"])
        #expect(problems(200, headers + [("Idempotency-Replayed", "yes")], released).count == 1)
        #expect(problems(200, headers, released.replacing("released", with: "gone")).count == 1)
        #expect(problems(200, headers, released.replacing("{\"res", with: "{\"x\":1,\"res")) == ["/x is not described"])
        #expect(
            problems(200, headers, "{}", of: API.Operation("strange", .query, .get, "/", []))
                == ["the operation is not described"])
    }

    @Test func aProblemIsOneOfItsStatus() {
        let type = ("Content-Type", "application/problem+json")
        func problem(_ code: String, _ status: Int) -> String {
            #"{"type":"/problems/\#(code)","title":"x","status":\#(status),"detail":"x","code":"\#(code)"}"#
        }
        #expect(problems(404, [type, headers[1]], problem("not-found", 404)) == [])
        #expect(problems(404, [type, headers[1]], problem("no-such-booking", 404)).count == 1)
        #expect(problems(404, [type, headers[1]], problem("not-found", 400)).count == 1)
        #expect(
            problems(503, [type, headers[1]], problem("unavailable", 503)) == ["the header Retry-After is missing"])
        let late = [type, headers[1], ("Retry-After", "soon")]
        #expect(problems(503, late, problem("unavailable", 503)).count == 1)
    }

    @Test func eachLineOfManyIsLookedAt() {
        let type = [("Content-Type", "application/x-ndjson")]
        let line = #"{"status":200,"body":{}}"#
        #expect(problems(200, type, line + "\n" + line + "\n", of: .bulk) == [])
        #expect(problems(200, type, line + "\n{}\n", of: .bulk).count == 2)
    }
}
