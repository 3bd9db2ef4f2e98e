import PipelineTestSupport
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Pipeline

/// A history of four weeks, of which the first ones are forgotten.
@Suite struct RetentionTests {
    private static let week = Seconds(7 * 86_400)
    private static let first = Keys.week(of: Recorder.start)

    /// One event that goes on for four weeks, and one that is on its way to another partition at their middle.
    private static func recorded() throws -> Recorder {
        var recorder = try Recorder()
        var settings = Settings()
        settings.hold = 3_600
        func create(_ number: UInt64) -> Recorder.Step {
            .command(
                Recorder.event(number),
                Content(
                    .create(
                        CreateEvent(
                            event: Recorder.event(number), details: EventDetails(name: "E"),
                            currency: RecordedHistory.euro, settings: settings,
                            tiers: [TierSpec(name: "A", price: 10)],
                            shows: [
                                ShowSpec(
                                    startsAt: Recorder.start + 86_400 * 100,
                                    sections: [SectionSpec(name: "Hall", tier: "A", capacity: 90)])
                            ]))))
        }
        func reserve(_ number: UInt64, _ buyer: Label) -> Recorder.Step {
            .command(
                Recorder.event(number),
                Content(.reserve(Reserve(show: 1, buyer: buyer, tier: "A", quantity: 2))))
        }
        recorder.record(0, at: Recorder.start, [create(1), reserve(1, "a")])
        recorder.record(1, at: Recorder.start, [create(2), reserve(2, "a")])
        recorder.record(0, at: Recorder.start + week, [reserve(1, "b")])
        recorder.record(1, at: Recorder.start + week, [reserve(2, "b"), .out(Recorder.event(2), to: 0)])
        recorder.record(0, at: Recorder.start + week * 2, [.in(Recorder.event(2), from: 1), reserve(2, "c")])
        recorder.record(0, at: Recorder.start + week * 3, [reserve(1, "c"), reserve(2, "d")])
        return recorder
    }

    private static func stored(_ body: @escaping @Sendable (PostgresWorld) throws -> Void) async throws {
        try await PostgresWorld.with { world in
            try DatabaseReplayTests.store(try recorded(), in: world)
            try body(world)
        }
    }

    private static func drop(_ week: Int, _ world: PostgresWorld) throws -> DatabaseRetention.Report {
        try DatabaseRetention.drop(before: week, world.database.settings, now: Recorder.start + Self.week * 4)
    }

    @Test func theRestIsReplayedFromSnapshots() async throws {
        try await Self.stored { world in
            for (kept, entries) in [(1, 12), (2, 7), (3, 4)] {
                let report = try Self.drop(Self.first + kept, world)
                #expect(report.findings.isEmpty)
                #expect(report.weeks == [Self.first + kept - 1])
                let replay = try DatabaseReplay.run(world.database.settings)
                #expect(replay.findings.first.map(\.description) == [])
                #expect(replay.tally.entries == entries && replay.tally.compared == entries)
                #expect(replay.events == 2)
                let verification = try DatabaseVerification.run(world.database.settings)
                #expect(verification.findings.first.map(\.description) == [])
                #expect(verification.older == 2)
            }
            let again = try Self.drop(Self.first + 3, world)
            #expect(again.weeks == [])
        }
    }

    @Test func whatCannotBeReplayedIsNotForgotten() async throws {
        try await Self.stored { world in
            try world.connection.execute("UPDATE journal SET reply = '{}' WHERE partition = 1 AND sequence = 2")
            let report = try Self.drop(Self.first + 2, world)
            #expect(report.findings.first.map(\.code).contains(.root))
            let (entries, snapshots) = (
                try world.count("SELECT count(*) FROM journal"), try world.count("SELECT count(*) FROM snapshot")
            )
            #expect(entries == 16 && snapshots == 0)
        }
    }

    @Test func aSnapshotThatWasChangedIsFound() async throws {
        try await Self.stored { world in
            _ = try Self.drop(Self.first + 1, world)
            try world.connection.execute("UPDATE snapshot SET state = set_byte(state, 20, get_byte(state, 20) # 1)")
            let replay = try DatabaseReplay.run(world.database.settings)
            #expect(replay.findings.first.map(\.code).prefix(2) == [.state, .state])
        }
    }

    @Test func theWeeksInWhichIdsAreLookedUpStay() async throws {
        try await Self.stored { world in
            let error = #expect(throws: RetentionError.self) { try Self.drop(Self.first + 4, world) }
            let now = Recorder.start + Self.week * 4
            let day = try #require(error?.description.split(separator: " ").last)
            let latest = try #require(Timestamp(rfc3339: "\(day)T00:00:00Z"))
            let next = Time(microseconds: latest.microseconds) + Seconds(86_400)
            #expect(Keys.week(of: Time(microseconds: latest.microseconds)) == Keys.week(of: now) - 1)
            #expect(Keys.week(of: next) == Keys.week(of: now), "the day after it is in a week that stays")
            let snapshots = try world.count("SELECT count(*) FROM snapshot")
            #expect(snapshots == 0)
        }
    }

    @Test func theCommandsSayWhatTheyFound() async throws {
        try await Self.stored { world in
            let tool = try Tool.built("turnstile")
            func run(_ arguments: String...) throws -> Tool.Outcome {
                try Tool.run(tool, arguments + ["--database", world.database.url])
            }
            var outcome = try run("replay")
            #expect(outcome.code == 0 && outcome.output.hasSuffix("replay: all is well\n"), "\(outcome)")
            #expect(outcome.output.contains("of 2 partitions"))
            outcome = try run("verify")
            #expect(outcome.code == 0 && outcome.output.hasSuffix("verify: all is well\n"), "\(outcome)")
            outcome = try run("journal", "drop", "--before", "2026-06-09")
            #expect(outcome.code == 0 && outcome.output.contains("dropped 1 weeks: \(Self.first)\n"), "\(outcome)")
            try world.connection.execute("UPDATE journal SET status = 299 WHERE sequence = 3 AND partition = 0")
            outcome = try run("replay")
            #expect(outcome.code == 1 && outcome.output.contains("other-status: partition 0, batch 2"), "\(outcome)")
            outcome = try run("verify")
            #expect(outcome.code == 1 && outcome.output.contains("wrong-root: partition 0, batch 2"), "\(outcome)")
            let codes = [
                try run("journal", "drop"), try run("journal", "drop", "--before", "soon"),
                try Tool.run(tool, ["verify", "--database", "postgresql://nobody@127.0.0.1:1/x"]),
            ].map(\.code)
            #expect(codes == [64, 64, 69])
        }
    }
}
