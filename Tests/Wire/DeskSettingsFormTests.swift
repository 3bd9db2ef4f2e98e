import Desk
import Testing
import Wire

@Suite struct DeskSettingsFormTests {
    /// A body of settings with one member changed; an empty text leaves it out.
    private static func body(_ member: String = "", _ value: String = "") -> String {
        var members = [
            ("classes", #"[{"name":"A","minutes":120}]"#), ("minutesPerTicket", "1"), ("agents", "1"),
            ("placement", "\"earliest\""), ("softAssignSeconds", "30"),
        ]
        if let index = members.firstIndex(where: { $0.0 == member }) {
            if value.isEmpty { members.remove(at: index) } else { members[index].1 = value }
        }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    private static let title = "must have 1 to 64 bytes, something to see among them and no control characters"

    @Test func settingsAreRead() {
        #expect(
            DeskSamples.decode(Self.body(), .setSettings)
                == .success(
                    .existing(.setSettings(DeskSettings(classes: [DeskSettings.Class(name: "A", minutes: 120)])))))
        #expect(DeskSamples.problems(Self.body("placement", "\"deadline\""), .setSettings) == [])
        #expect(DeskSamples.problems(Self.body("softAssignSeconds", ""), .setSettings) == [])
    }

    @Test(arguments: [
        ("classes", "", "/classes: is missing"), ("classes", "{}", "/classes: must be an array"),
        ("classes", "[]", "/classes: must have 1 to 20 elements"), ("classes", "[7]", "/classes/0: must be an object"),
        ("classes", #"[{"minutes":2}]"#, "/classes/0/name: is missing"),
        ("classes", #"[{"name":"A"}]"#, "/classes/0/minutes: is missing"),
        ("classes", #"[{"name":"","minutes":2}]"#, "/classes/0/name: \(Self.title)"),
        ("classes", #"[{"name":" \u00a0","minutes":2}]"#, "/classes/0/name: \(Self.title)"),
        ("classes", #"[{"name":"A\nB","minutes":2}]"#, "/classes/0/name: \(Self.title)"),
        ("classes", #"[{"name":"A","minutes":2,"x":1}]"#, "/classes/0/x: is not known"),
        ("classes", #"[{"name":"A","minutes":0}]"#, "/classes/0/minutes: must be a whole number from 1 to 10080"),
        ("classes", #"[{"name":"A","minutes":-5}]"#, "/classes/0/minutes: must be a whole number from 1 to 10080"),
        ("classes", #"[{"name":"A","minutes":10081}]"#, "/classes/0/minutes: must be a whole number from 1 to 10080"),
        ("minutesPerTicket", "", "/minutesPerTicket: is missing"),
        ("minutesPerTicket", "0", "/minutesPerTicket: must be a whole number from 1 to 240"),
        ("minutesPerTicket", "241", "/minutesPerTicket: must be a whole number from 1 to 240"),
        ("minutesPerTicket", "1.5", "/minutesPerTicket: must be a whole number from 1 to 240"),
        ("agents", "", "/agents: is missing"), ("agents", "0", "/agents: must be a whole number from 1 to 1000"),
        ("agents", "1001", "/agents: must be a whole number from 1 to 1000"),
        ("agents", "\"1\"", "/agents: must be a whole number from 1 to 1000"),
        ("placement", "", "/placement: is missing"), ("placement", "0", "/placement: must be a string"),
        ("placement", "\"latest\"", "/placement: must be one of earliest, deadline"),
        ("placement", "\"Earliest\"", "/placement: must be one of earliest, deadline"),
        ("softAssignSeconds", "0", "/softAssignSeconds: must be a whole number from 1 to 300"),
        ("softAssignSeconds", "301", "/softAssignSeconds: must be a whole number from 1 to 300"),
        ("softAssignSeconds", "null", "/softAssignSeconds: must be a whole number from 1 to 300"),
    ])
    func aMemberIsRefused(_ member: String, _ value: String, _ problem: String) {
        #expect(DeskSamples.problems(Self.body(member, value), .setSettings) == [problem])
        // Another process may have sent it: it is refused as well, and parked.
        #expect(DeskSamples.problems(Self.body(member, value), .setSettings, from: .line) == [problem])
    }

    @Test func twentyClassesAreTheMost() {
        func classes(_ count: Int) -> String {
            "[" + (0..<count).map { #"{"name":"\#($0)","minutes":2}"# }.joined(separator: ",") + "]"
        }
        #expect(DeskSamples.problems(Self.body("classes", classes(20)), .setSettings) == [])
        #expect(
            DeskSamples.problems(Self.body("classes", classes(21)), .setSettings)
                == ["/classes: must have 1 to 20 elements"])
    }

    @Test func whatContradictsItselfIsPointedAtAndOfALineLeftToTheRuleBook() {
        func check(_ member: String, _ value: String, _ problems: [String]) {
            let body = Self.body(member, value)
            #expect(DeskSamples.problems(body, .setSettings) == problems)
            #expect(DeskSamples.problems(body, .setSettings, from: .line) == [])
        }
        check(
            "classes", #"[{"name":"A","minutes":2},{"name":"B","minutes":3},{"name":"A","minutes":4}]"#,
            ["/classes/2/name: is the same as /classes/0/name: each may be there once"])
        let minutes = "must be more than minutesPerTicket: work begins with a minute that has not begun"
        check("classes", #"[{"name":"A","minutes":2},{"name":"B","minutes":1}]"#, ["/classes/1/minutes: \(minutes)"])
        check("minutesPerTicket", "120", ["/classes/0/minutes: \(minutes)"])
        check("minutesPerTicket", "119", [])
        // 50 agents do 504,000 tickets in a week.
        let weekly = #"[{"name":"A","minutes":10080}],"agents":50,"minutesPerTicket":1,"placement":"earliest"}"#
        let found = DeskSamples.problems(#"{"classes":\#(weekly)"#, .setSettings)
        #expect(
            found == ["/agents: could do 504000 tickets within the longest limit: a desk has at most 500000 open"])
    }

    /// Whatever a request may say, the rule book has nothing to say about its form.
    @Test func theRuleBookAgreesWithTheForm() {
        let seed = UInt64.random(in: .min ... .max)
        var random = FuzzTests.Random(state: seed)
        let numbers = [1, 2, 3, 49, 50, 239, 240, 241, 999, 1_000, 1_001, 10_079, 10_080, 10_081]
        var taken = 0
        for _ in 0..<3_000 {
            func number() -> Int { numbers.randomElement(using: &random) ?? 0 }
            let settings = DeskSettings(
                classes: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    DeskSettings.Class(
                        name: DeskName("\(Int.random(in: 0...3, using: &random))"),
                        minutes: number())
                }, minutesPerTicket: number(), agents: number(), placement: .deadline, softAssignSeconds: number())
            let order = DeskOrder.existing(.setSettings(settings))
            let command = DeskWireCommand(id: Samples.id, tenant: DeskSamples.tenant, order: order)
            let read = DeskSamples.decode(Samples.text(command.publicBody), .setSettings)
            #expect((settings.problem == nil) == (read == .success(order)), "seed \(seed): \(settings)")
            if settings.problem == nil { taken += 1 }
        }
        #expect(taken > 10, "seed \(seed)")
    }
}
