import Testing
import Ticketing
import Wire

@Suite struct ChangeTests {
    static let line = ChangeLine(
        show: ShowId(Samples.event, 3), version: 12,
        changes: [
            .places(PlaceList([1, 2, 3, 7, 9, 10]), from: .free, to: .held),
            .places(PlaceList(from: 200_000, count: 1), from: .sold, to: .blocked),
            .line(tier: 0, waiting: 3), .added, .cancelled,
        ])

    static func decode(_ bytes: [UInt8]) -> (lines: [ChangeLine], problems: [String]) {
        var decoder = ChangeDecoder()
        var found: (lines: [ChangeLine], problems: [String]) = ([], [])
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

    @Test func aLineLooksAsItIsDocumentedAndComesBack() {
        var bytes: [UInt8] = []
        Self.line.append(to: &bytes)
        #expect(
            Samples.text(bytes) == """
                {"v":1,"show":"\(ShowId(Samples.event, 3).text)","version":12,"changes":[\
                {"from":"f","to":"h","places":[[1,3],[7,1],[9,2]]},{"from":"s","to":"b","places":[[200000,1]]},\
                {"tier":0,"waiting":3},{"show":"added"},{"show":"cancelled"}]}\n
                """)
        let announced = ChangeLine(show: Self.line.show, version: 0, changes: [])
        announced.append(to: &bytes)
        #expect(Self.decode(bytes).lines == [Self.line, announced])
    }

    /// Each decision makes the next version of the shows that it changes, and of no other, and tells it in one line.
    /// (The rule book's random histories are held to the same.)
    @Test func aShowsVersionsHaveNoGap() throws {
        var create = Samples.create
        create.shows = [Samples.show, Samples.show].map { show in
            var show = show
            (show.salesStart, show.salesEnd) = (nil, nil)
            return show
        }
        let now = Time(microseconds: Samples.time.microseconds - 86_400_000_000)
        var ids = Samples.id.low
        func context(_ seconds: Seconds = 0) -> Context {
            ids &+= 1
            return Context(
                commandId: CommandId(high: 1, low: ids), tenant: Samples.tenant, now: now + seconds)
        }
        let created = EventState.create(create, context: context())
        var state = try #require(created.0)
        var arrears = Arrears(seed: CommandId(high: 2, low: 0))
        func versions(_ decision: Decision?) throws -> [[UInt64]] {
            ChangeLine.lines(of: try #require(decision), event: Samples.event).map {
                [UInt64($0.show.number), $0.version]
            }
        }
        func decide(_ command: Command, after seconds: Seconds = 0) throws -> [[UInt64]] {
            try versions(state.decide(command, context: context(seconds), arrears: &arrears))
        }
        #expect(try versions(created.1) == [[1, 1], [2, 1]])
        #expect(try decide(.reserve(Reserve(show: 1, buyer: "a", tier: "A", quantity: 2))) == [[1, 2]])
        #expect(try decide(.reserve(Reserve(show: 1, buyer: "a", tier: "A", quantity: 90))).isEmpty, "refused")
        #expect(try decide(.block(show: 2, seats: [Samples.seats[1]])) == [[2, 2]])
        #expect(try decide(.block(show: 2, seats: [Samples.seats[1]])).isEmpty, "it is blocked already")
        #expect(try decide(.addShow(create.shows[0])) == [[3, 1]])
        // What falls due before it has a decision, and a version, of its own.
        #expect(try decide(.cancelEvent, after: 61) == [[1, 4], [2, 3], [3, 2]])
        #expect(try arrears.decisions.map { try versions($0) } == [[[1, 3]]])
        #expect((1...3).map { state.version(of: $0) } == [4, 3, 2])
    }

    @Test(arguments: [
        (#"{"from":"f","to":"x","places":[[1,1]]}"#, "/changes/0/to: must be f, h, s or b"),
        (#"{"from":"f","to":"h","places":[]}"#, "/changes/0/places: must have 1 to 200000 elements"),
        (
            #"{"from":"f","to":"h","places":[[1,2],[3,1]]}"#,
            "/changes/0/places/1: must lie behind the run before, and within a show"
        ),
        (
            #"{"from":"f","to":"h","places":[[200000,2]]}"#,
            "/changes/0/places/0: must lie behind the run before, and within a show"
        ),
        (#"{"from":"f","to":"h","places":[[0,2]]}"#, "/changes/0/places/0/0: must be a whole number from 1 to 200000"),
        (#"{"from":"f","to":"h","places":[[1]]}"#, "/changes/0/places/0: must have 2 to 2 elements"),
        (#"{"tier":0}"#, "/changes/0/waiting: is missing"),
        (#"{"show":"gone"}"#, "/changes/0/show: must be added or cancelled"),
        (#"{"show":"added","x":1}"#, "/changes/0/x: is not known"),
    ])
    func anotherFormIsRefused(_ change: String, _ problem: String) {
        let text = #"{"v":1,"show":"\#(ShowId(Samples.event, 3).text)","version":12,"changes":[\#(change)]}"#
        #expect(Self.decode(Array(text.utf8)).problems == [problem])
    }
}
