import API
import Runtime
import Sealing
import Testing
import Ticketing

@Suite struct RequestIdTests {
    private let seal: RequestSeal
    private let tenant = TenantId(high: 7, low: 8)
    private let id = RequestId(
        .accepted, CommandId(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0001), partition: 79,
        seconds: 1_790_000_000, expected: 123_456_789_012)

    init() throws { seal = RequestSeal(try HMACKey(Array(0..<32))) }

    @Test func isReadAsItWasWritten() {
        let text = seal.text(id, of: tenant)
        #expect(text.hasPrefix("req_"))
        #expect(seal.read(text, of: tenant) == id)
    }

    @Test(arguments: Line.allCases)
    func saysWhoseJournalIsAsked(_ line: Line) {
        for kind in [RequestId.Kind.refused, .accepted, .unknown, .decided] {
            let id = RequestId(kind, of: line, id.command, partition: 15, seconds: 1_790_000_000)
            #expect(seal.read(seal.text(id, of: tenant), of: tenant) == id)
        }
    }

    @Test func whoAskedForAnAccountNeedsNoKey() {
        let command = CommandId(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0001)
        let account = TenantId(high: command.high, low: command.low)
        let id = RequestId(.accepted, of: .desk, command, partition: 3, seconds: 1_790_000_000)
        let read = seal.readOfAccount(seal.text(id, of: account))
        #expect(read?.id == id && read?.tenant == account)
        // What is not about an account is its tenant's, however its id is read.
        #expect(seal.readOfAccount(seal.text(id, of: tenant)) == nil)
        #expect(seal.readOfAccount(seal.text(self.id, of: account)) == nil)
        for malformed in ["", "req_", "req_A", "evt_x"] { #expect(seal.readOfAccount(malformed) == nil) }
    }

    @Test func meansNothingToAnotherTenant() {
        #expect(seal.read(seal.text(id, of: tenant), of: TenantId(high: 7, low: 9)) == nil)
    }

    @Test func whatWasTouchedIsNone() {
        let text = seal.text(id, of: tenant)
        for index in text.indices.dropFirst(4) {
            var other = text
            other.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(seal.read(other, of: tenant) == nil, "\(other)")
        }
        for malformed in ["", "req_", "req_A", text + "A", String(text.dropLast()), "rsv_" + text.dropFirst(4)] {
            #expect(seal.read(malformed, of: tenant) == nil, "\(malformed)")
        }
    }

    @Test func anotherInstallationsIsNone() throws {
        let other = RequestSeal(try HMACKey(Array(1..<33)))
        #expect(other.read(seal.text(id, of: tenant), of: tenant) == nil)
    }

    @Test func aStrangersIsNobodysAndNoTwoAreAlike() throws {
        let time = Timestamp(microseconds: 1_790_000_000_123_456)
        let (first, second) = (seal.stranger(at: time), seal.stranger(at: time))
        #expect(first != second)
        #expect(seal.read(first, of: tenant) == nil)
        let read = try #require(seal.read(first, of: TenantId(high: 0, low: 0)))
        #expect(read.kind == .refused && read.seconds == 1_790_000_000)
    }
}

@Suite struct HeaderTests {
    private let tenant = TenantId(high: 7, low: 8)

    @Test(
        arguments: [
            ("wait=5", 5), ("respond-async", 0), ("respond-async, wait=10", 10), ("wait=10, respond-async", 10),
            ("return=minimal", nil), ("Wait=0", 0), ("foo;wait=60", 60), ("", nil),
        ] as [(String, Int?)])
    func preferSaysHowLong(_ field: String, _ wait: Int?) throws {
        #expect(try Prefer(field).wait == wait)
    }

    @Test(arguments: ["wait=61", "wait=-1", "wait=", "wait", "wait=5s", "wait=+5", "wait=99999999999999999999"])
    func aWaitIsANumberOfSeconds(_ field: String) {
        #expect(throws: Fault.self) { try Prefer(field) }
    }

    @Test func keysAreQuotedOrBare() throws {
        #expect(try IdempotencyKey("abc").text == "abc")
        #expect(try IdempotencyKey("\"abc\"") == IdempotencyKey("abc"))
        #expect(try IdempotencyKey(#""a\"b\\c";p=1"#).text == #"a"b\c"#)
        #expect(try IdempotencyKey(String(repeating: "k", count: 255)).text.count == 255)
        for bad in ["", "\"\"", "\"abc", "\"abc\"d", #""a\bc""#, String(repeating: "k", count: 256), "ä", "a\tb"] {
            #expect(throws: Fault.self, "\(bad)") { try IdempotencyKey(bad) }
        }
    }

    @Test func theSameRequestIsTheSameCommand() throws {
        func id(_ key: String, _ method: String = "POST", _ path: String = "/v1/events", low: UInt64 = 8) throws
            -> CommandId
        {
            CommandId(try IdempotencyKey(key), tenant: TenantId(high: 7, low: low), method: method, path: path)
        }
        let one = try id("a")
        #expect(try id("a") == one)
        #expect(one.high >> 12 & 0xF == 5 && one.low >> 62 == 2)
        let others = [
            try id("b"), try id("a", "PUT"), try id("a", "POST", "/v1/event"), try id("a", low: 9),
            try id("sa", "POST", "/v1/event"),
        ]
        #expect(Set(others + [one]).count == 6)
    }

    @Test func addressesAreToldApartByADigestThatSaysNothingOfThem() throws {
        let seal = RequestSeal(try HMACKey([UInt8](repeating: 1, count: 32)))
        let other = RequestSeal(try HMACKey([UInt8](repeating: 2, count: 32)))
        let (first, second) = (CommandId(high: 1, low: 2), CommandId(high: 1, low: 3))
        let digest = seal.digest(of: "a@example.org", in: first)
        #expect(digest == seal.digest(of: "a@example.org", in: first) && digest.utf8.count == 22)
        let others = [
            seal.digest(of: "b@example.org", in: first), seal.digest(of: "a@example.org", in: second),
            other.digest(of: "a@example.org", in: first),
        ]
        #expect(Set(others + [digest]).count == 4)
    }

    @Test func aNewCommandHasATimeInFront() {
        let id = CommandId(milliseconds: 0x0198_F3C2_A7D4, random: (.max, .max))
        #expect(id.high == 0x0198_F3C2_A7D4_7FFF && id.low == 0xBFFF_FFFF_FFFF_FFFF)
    }
}
