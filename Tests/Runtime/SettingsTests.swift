internal import Foundation
internal import Runtime
internal import Testing

private struct Seats: SettingsSection {
    enum Order: String, CaseIterable { case first, best }

    static let name = "seats"
    static let documentation = "The seats line."

    let batchBound: Int
    let factor: Double
    let fast: Bool
    let pause: Duration
    let memory: Int
    let label: String
    let order: Order
    let password: Secret?

    init(_ read: SectionReader) {
        batchBound = read.integer("batchBound", default: 500, in: 1...1_000, unit: "commands", "Commands in a batch.")
        factor = read.real("factor", default: 1.5, in: 0...10, "A factor.")
        fast = read.boolean("fast", default: true, "Whether it hurries.")
        pause = read.duration("pause", default: .milliseconds(250), in: .zero ... .seconds(60), "A pause.")
        memory = read.bytes("memory", default: 64 << 20, in: 0...1 << 30, "Memory.")
        label = read.text(
            "label", default: "a", length: 1...8, form: ("in small letters", { $0 == $0.lowercased() }), "A label.")
        order = read.choice("order", default: Order.first, "Which one.")
        password = read.secret("password", "A password.")
    }
}

private struct Doors: SettingsSection {
    static let name = "doors"
    static let documentation = "Doors."
    let wide: Bool
    init(_ read: SectionReader) { wide = read.boolean("wide", default: false, "Whether they are wide.") }
}

@Suite struct SettingsTests {
    private func load(
        _ text: String = "{}", _ environment: [String: String] = [:], others: Settings.Others = .refused
    ) throws -> Settings {
        try Settings.load(
            source: ("Config/turnstile.json5", Array(text.utf8)), environment: environment,
            sections: [Seats.self, Doors.self], others: others)
    }

    /// The lines of the error, without its title.
    private func problems(
        _ text: String, _ environment: [String: String] = [:], others: Settings.Others = .refused
    ) throws -> [String] {
        let error = #expect(throws: SettingsError.self) { try load(text, environment, others: others) }
        return try #require(error).problems.map(\.description)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let seats = try load()[Seats.self]
        #expect(seats.batchBound == 500 && seats.factor == 1.5 && seats.fast && seats.pause == .milliseconds(250))
        #expect(seats.memory == 64 << 20 && seats.label == "a" && seats.order == .first && seats.password == nil)
    }

    @Test func theFileIsRead() throws {
        let seats = try load(
            """
            { // a comment
              seats: { batchBound: 0x10, factor: 2, fast: false, pause: '30s', memory: "2KiB", label: 'b',
                       "order": 'best', password: 'hunter2', },
              doors: {},
            }
            """)[Seats.self]
        #expect(seats.batchBound == 16 && seats.factor == 2 && !seats.fast && seats.pause == .seconds(30))
        #expect(seats.memory == 2_048 && seats.label == "b" && seats.order == .best)
        #expect(seats.password?.exposed == "hunter2")
    }

    @Test func theEnvironmentWins() throws {
        let settings = try load(
            "{ seats: { batchBound: 5, password: 'a' } }",
            [
                "TURNSTILE_SEATS_BATCH_BOUND": "7", "TURNSTILE_SEATS_FAST": "false", "TURNSTILE_SEATS_PAUSE": "2s",
                "TURNSTILE_SEATS_MEMORY": "1024", "TURNSTILE_SEATS_ORDER": "best", "TURNSTILE_SEATS_FACTOR": "0.25",
                "TURNSTILE_SEATS_PASSWORD": "b", "TURNSTILE_DOORS_WIDE": "true", "PATH": "/bin",
                "TURNSTILE_HOME": "/x", "TURNSTILE_PORT_BASE": "1", "TURNSTILE_TEST_X": "y", "TURNSTILE_BENCH_X": "y",
            ])
        let seats = settings[Seats.self]
        #expect(seats.batchBound == 7 && !seats.fast && seats.pause == .seconds(2) && seats.memory == 1_024)
        #expect(seats.order == .best && seats.factor == 0.25 && seats.password?.exposed == "b")
        #expect(settings[Doors.self].wide)
    }

    @Test func everythingThatIsWrongIsToldAtOnce() throws {
        let found = try problems(
            """
            {
              seats: {
                batchBound: 0,
                batchbound: 5,
                factor: Infinity,
                fast: "yes",
                pause: 10,
                memory: "1.5MiB",
                label: "UPPER",
                order: 'worst',
                password: 5,
              },
              seets: {},
              doors: 7,
            }
            """,
            [
                "TURNSTILE_SEATS_BATCH_BUOND": "1", "TURNSTILE_NOBODY": "1", "TURNSTILE_SEATS_PAUSE": "10 s",
                "TURNSTILE_SEATS_PASSWORD": "",  // wins over the file's, which is wrong as well
            ])
        let file = "Config/turnstile.json5"
        let expected: Set = [
            "\(file):3: seats.batchBound: found 0; allowed: a whole number from 1 to 1000 (commands)",
            "\(file):4: seats.batchbound: no such setting; did you mean “seats.batchBound”?",
            "\(file):5: seats.factor: found Infinity; allowed: a number from 0.0 to 10.0",
            "\(file):6: seats.fast: found \"yes\"; allowed: true or false",
            "\(file):8: seats.memory: found \"1.5MiB\"; allowed: a size from 0B to 1GiB, such as \"64MiB\"",
            "\(file):9: seats.label: found \"UPPER\"; allowed: text of 1 to 8 bytes in small letters",
            "\(file):10: seats.order: found \"worst\"; allowed: one of \"first\", \"best\"",
            "\(file):13: seets: no such section; did you mean “seats”?",
            "\(file):14: doors: found 7; allowed: an object of settings",
            "TURNSTILE_SEATS_BATCH_BUOND: no such setting; did you mean “TURNSTILE_SEATS_BATCH_BOUND”?",
            "TURNSTILE_NOBODY: no such setting; there are: "
                + (Seats.declarations + Doors.declarations)
                .map(\.variable).sorted().joined(separator: ", "),
            "TURNSTILE_SEATS_PAUSE: seats.pause: found \"10 s\"; "
                + "allowed: a duration from 0s to 1m, such as \"250ms\"",
            "TURNSTILE_SEATS_PASSWORD: seats.password: found something else (not shown); "
                + "allowed: text of 1 to 4096 bytes",
        ]
        #expect(Set(found).subtracting(expected) == [])
        #expect(expected.subtracting(found) == [])
        #expect(try problems("{ seats: { pause: 10 } }")[0].contains("such as \"250ms\""))
        #expect(try problems("{ doors: { batchBound: 5 } }")[0].hasSuffix("did you mean “seats.batchBound”?"))
    }

    @Test func aFileThatIsNoJSON5IsToldByItsLine() throws {
        #expect(
            try problems("{\n  seats: {\n    fast: maybe,\n") == [
                "Config/turnstile.json5:3: not JSON5: text stands in quotes: “maybe” is no value"
            ])
        #expect(try problems("[]") == ["Config/turnstile.json5:1: found a list; allowed: an object of sections"])
    }

    @Test func whoKnowsOnlySomeSectionsPassesTheOthersOverButChecksItsOwn() throws {
        let environment = ["TURNSTILE_DESK_MINUTES": "1"]
        _ = try load("{ desk: { minutes: 'x' } }", environment, others: .passedOver)
        let found = try problems(
            "{ desk: {}, seats: { nothing: 1 } }", ["TURNSTILE_SEATS_NOTHING": "1"], others: .passedOver)
        #expect(found.count == 2 && found.allSatisfy { $0.contains("no such setting") })
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: SettingsError.self) {
            try Settings.load(file: "/nowhere/turnstile.json5", environment: [:], sections: [Seats.self])
        }
        #expect(error?.description.contains("/nowhere/turnstile.json5: cannot be read: No such file") == true)
    }

    @Test func secretsNeverPrint() throws {
        let settings = try load("{ seats: { password: 'hunter2' } }")
        let seats = settings[Seats.self]
        var dumped = ""
        dump(settings, to: &dumped)
        dump(seats, to: &dumped)
        let texts = ["\(settings)", "\(seats)", String(reflecting: seats), "\(seats.password as Any)", dumped]
        #expect(texts.allSatisfy { !$0.contains("hunter2") })
        let lines = Lines()
        Log(service: "s", sink: lines.sink()).info("m", ["password": .describing(seats.password as Any)])
        #expect(!lines.all[0].contains("hunter2"))
        // Of the wrong type, or in a broken file, it does not show either.
        #expect(try problems("{ seats: { password: ['hunter2'] } }").allSatisfy { !$0.contains("hunter2") })
    }

    @Test(arguments: [
        ("0s", Duration.zero), ("10s", .seconds(10)), ("250ms", .milliseconds(250)), ("1h30m", .seconds(5_400)),
        ("1d", .seconds(86_400)), ("5us", .microseconds(5)), ("7ns", .nanoseconds(7)),
    ])
    func durations(text: String, expected: Duration) throws {
        #expect(
            try Settings.load(source: nil, environment: ["TURNSTILE_D_X": text], sections: [D.self])[D.self].x
                == expected)
    }

    @Test(arguments: [
        "", "10", "s", "10S", "-1s", "1.5s", "10s ", " 10s", "10s5", "9999999999999d", "1h1", "١s", "300d",
    ])
    func wrongDurations(text: String) {
        #expect(throws: SettingsError.self) {
            try Settings.load(source: nil, environment: ["TURNSTILE_D_X": text], sections: [D.self])
        }
    }

    private struct D: SettingsSection {
        static let name = "d"
        static let documentation = ""
        let x: Duration
        init(_ read: SectionReader) { x = read.duration("x", default: .zero, in: .zero ... .seconds(86_400), "") }
    }

    @Test func variablesAreNamedByTheirWords() {
        #expect(Seats.declarations.map(\.variable).contains("TURNSTILE_SEATS_BATCH_BOUND"))
        let standard = StandardSections.all.flatMap { $0.declarations }.map(\.variable)
        #expect(standard.contains("TURNSTILE_POSTGRES_IDLE_IN_TRANSACTION_TIMEOUT"))
        #expect(standard.contains("TURNSTILE_HTTP_GZIP_MINIMUM_BYTES"))
    }

    @Test func hostileFilesNeverTrap() {
        let good = Settings.document(of: [Seats.self, Doors.self])
        forRandomCases(3_000) { random in
            var bytes = Array(good.utf8)
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[index] = random.bytes(1)[0]
                } else {
                    bytes.remove(at: index)
                }
            }
            do {
                _ = try Settings.load(source: ("f", bytes), environment: [:], sections: [Seats.self, Doors.self])
            } catch let error as SettingsError {
                try #require(!error.problems.isEmpty)
                try #require(error.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
            }
        }
    }

    @Test func theDefaultsWrittenDownAreTheDefaultsRead() throws {
        let document = Settings.document(of: [Seats.self, Doors.self])
        let settings = try load(document)
        #expect("\(settings[Seats.self])" == "\(Seats.defaults)")
    }

    /// `TURNSTILE_TEST_WRITE_SETTINGS=1` writes the file anew after a setting was added.
    @Test func theFileOfTheRepositoryIsWhatTheCodeDeclares() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "Config/turnstile.json5").path
        let declared = Settings.document(of: StandardSections.all)
        if ProcessEnvironment.current["TURNSTILE_TEST_WRITE_SETTINGS"] != nil {
            try declared.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == declared)
        let settings = try Settings.load(file: path, environment: [:], sections: StandardSections.all)
        #expect("\(settings[PostgresSection.self])" == "\(PostgresSection.defaults)")
        #expect("\(settings[HTTPSection.self])" == "\(HTTPSection.defaults)")
    }
}
