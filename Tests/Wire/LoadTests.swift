import Testing
import Ticketing
import Wire

@Suite struct LoadTests {
    static let owner = LoadLine.owner(
        OwnerLoad(
            partition: 12, epoch: 7, sequence: 345_678, rate: 20_150, headAgeMilliseconds: 12, at: Samples.time))
    static let ingress = LoadLine.ingress(
        IngressLoad(
            name: "ingress-\"1\"", at: Samples.time,
            waiting: [.init(partition: 12, count: 1_500), .init(partition: 65_535, count: 2)], accepted: .max / 100))

    static func decode(_ bytes: [UInt8]) -> (lines: [LoadLine], problems: [String]) {
        var decoder = LoadDecoder()
        var found: (lines: [LoadLine], problems: [String]) = ([], [])
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { result in
                switch result {
                case .success(let line): found.lines.append(line)
                case .failure(let malformed):
                    found.problems += malformed.problems.map { "\($0.pointer): \($0.message)" }
                }
            }
        }
        return found
    }

    @Test func linesLookAsTheyAreDocumentedAndComeBack() {
        var bytes: [UInt8] = []
        Self.owner.append(to: &bytes)
        Self.ingress.append(to: &bytes)
        #expect(
            Samples.text(bytes) == #"""
                {"v":1,"owner":{"partition":12,"epoch":7,"sequence":345678,"rate":20150,"headAgeMs":12,\#
                "at":"2026-06-01T12:00:00.000001Z"}}
                {"v":1,"ingress":{"name":"ingress-\"1\"","at":"2026-06-01T12:00:00.000001Z",\#
                "waiting":[[12,1500],[65535,2]],"accepted":184467440737095516}}

                """#)
        #expect(Self.decode(bytes).lines == [Self.owner, Self.ingress])
    }

    @Test func countsHaveOneFormWhateverTheirOrder() {
        let load = IngressLoad(
            name: "i", at: Samples.time,
            waiting: [
                .init(partition: 9, count: 1), .init(partition: 4, count: 0), .init(partition: 3, count: 2),
            ], accepted: 3)
        #expect(load.waiting == [.init(partition: 3, count: 2), .init(partition: 9, count: 1)])
        let idle = LoadLine.ingress(IngressLoad(name: "i", at: Samples.time, waiting: [], accepted: 0))
        var bytes: [UInt8] = []
        idle.append(to: &bytes)
        #expect(Self.decode(bytes).lines == [idle])
    }

    @Test(arguments: [
        (#""owner":{}"#, ["/owner/partition", "/owner/epoch", "/owner/sequence", "/owner/rate", "/owner/headAgeMs"]),
        (#""owner":[]"#, ["/owner: must be an object"]),
        (#""worker":{}"#, ["/owner: is missing", "/worker: is not known"]),
        (
            #""ingress":{"name":"i","at":"2026-06-01T12:00:00Z","waiting":[],"accepted":0},"owner":{}"#,
            ["/owner: is not known"]
        ),
        (owner("65536", "1", "1"), ["/owner/partition: must be a whole number from 0 to 65535"]),
        (owner("1", "-1", "1"), ["/owner/epoch: must be a whole number from 0 to 999999999999999999"]),
        (owner("1", "1", "1.5"), ["/owner/rate: must be a whole number from 0 to 2147483647"]),
        (owner("1", "1", "1,\"x\":1"), ["/owner/x: is not known"]),
        (ingress("\"a b\"", ""), ["/ingress/name: must have 1 to 128 visible characters of ASCII"]),
        (ingress("\"\"", ""), ["/ingress/name: must have 1 to 128 visible characters of ASCII"]),
        (ingress("\"i\"", "[1]"), ["/ingress/waiting/0: must have 2 to 2 elements"]),
        (ingress("\"i\"", "[1,0]"), [pair(0)]),
        (ingress("\"i\"", "[1,1],[1,1]"), [pair(1)]),
        (ingress("\"i\"", "[2,1],[1,1]"), [pair(1)]),
        (ingress("\"i\"", "[65536,1]"), [pair(0)]),
        (ingress("\"i\"", "[-1,1]"), ["/ingress/waiting/0/0: must be a whole number from 0 to 2147483647"]),
    ])
    func anotherFormIsRefused(_ member: String, _ expected: [String]) {
        let found = Self.decode(Array(#"{"v":1,\#(member)}"#.utf8))
        #expect(found.lines.isEmpty)
        for problem in expected { #expect(found.problems.contains { $0.hasPrefix(problem) }, "\(found.problems)") }
    }

    @Test func anotherVersionAndWhatIsNoJSONAreRefusedAndTheNextLineIsRead() {
        var bytes = Array("{\"v\":2,\"owner\":{}}\n[\n".utf8)
        Self.owner.append(to: &bytes)
        let found = Self.decode(bytes)
        #expect(found.lines == [Self.owner])
        #expect(found.problems.contains(": version 2 is not known"))
    }

    private static func owner(_ partition: String, _ epoch: String, _ rate: String) -> String {
        #""owner":{"partition":\#(partition),"epoch":\#(epoch),"sequence":1,"rate":\#(rate),"headAgeMs":0,"#
            + #""at":"2026-06-01T12:00:00Z"}"#
    }

    private static func ingress(_ name: String, _ waiting: String) -> String {
        #""ingress":{"name":\#(name),"at":"2026-06-01T12:00:00Z","waiting":[\#(waiting)],"accepted":0}"#
    }

    private static func pair(_ index: Int) -> String {
        "/ingress/waiting/\(index): must be a partition behind the one before, and a count that is not 0"
    }
}
