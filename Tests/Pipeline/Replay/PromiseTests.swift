import Testing
import Ticketing
import Wire

@testable import Pipeline

@Suite struct PromiseTests {
    private func findings(_ rows: [JournalRow]) -> [Finding] {
        var check = PromiseCheck()
        var found = Findings()
        check.add(rows, &found)
        return found.first
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func historiesKeepWhatWasPromised(_ seed: UInt64) throws {
        let recorder = try RecordedHistory.make(seed: seed)
        var check = PromiseCheck()
        var found = Findings()
        for (_, rows) in recorder.journal { check.add(rows, &found) }
        #expect(found.first.map(\.description) == [])
        #expect(check.followed > 300)
        // What buyers were told is what the states hold.
        var held: [String] = []
        for (event, state) in recorder.states.sorted(by: { $0.key < $1.key }) {
            var counts: [ShowNumber: Int] = [:]
            state.rows { row in
                if case .claims(let claims) = row, claims.holder != nil {
                    counts[claims.show, default: 0] += claims.places.count
                }
            }
            held += counts.keys.sorted().map { "\(event.text) \($0): \(counts[$0] ?? 0)" }
        }
        #expect(check.takenPlaces.map { "\($0.event.text) \($0.show): \($0.places)" } == held)
    }

    @Test func theOldPartitionsWordMayComeLater() throws {
        for seed in 1...12 as ClosedRange<UInt64> {
            let recorder = try RecordedHistory.make(seed: seed)
            // As a database gives them: what has the same time, by partition.
            let sorted = recorder.journal.sorted {
                ($0.batch.at, $0.batch.partition, $0.batch.number) < ($1.batch.at, $1.batch.partition, $1.batch.number)
            }
            var check = PromiseCheck()
            var found = Findings()
            for (_, rows) in sorted { check.add(rows, &found) }
            check.finish(&found)
            #expect(found.first.map(\.description) == [])
            let replay = recorder.replayed(sorted)
            #expect(replay.findings.first.map(\.description) == [])
        }
    }

    @Test func anEventThatNobodyLetGoOfIsFound() throws {
        var recorder = try Recorder()
        recorder.record(1, at: Recorder.start, [.in(Recorder.event(1), from: 3), .in(Recorder.event(2), from: 3)])
        var check = PromiseCheck()
        var found = Findings()
        check.add(recorder.journal[0].rows, &found)
        check.finish(&found)
        #expect(found.first.map(\.code) == [.move, .move])
    }

    /// An event with three seats, sold out, and a line behind it.
    private func recorded() throws -> Recorder {
        var recorder = try Recorder()
        let event = Recorder.event(1)
        var settings = Settings()
        settings.maxTicketsPerBuyer = 2
        settings.hold = 60
        let create = CreateEvent(
            event: event, details: EventDetails(name: "E"), currency: RecordedHistory.euro, settings: settings,
            tiers: [TierSpec(name: "A", price: 10)],
            shows: [
                ShowSpec(
                    startsAt: Recorder.start + 86_400, sections: [SectionSpec(name: "Hall", tier: "A", capacity: 3)])
            ])
        func step(_ command: Command) -> Recorder.Step { .command(event, Content(command)) }
        func reserve(_ buyer: Label, _ quantity: Int) -> Recorder.Step {
            step(.reserve(Reserve(show: 1, buyer: buyer, tier: "A", quantity: quantity)))
        }
        func join(_ buyer: Label, _ quantity: Int) -> Recorder.Step {
            step(.joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: "A", quantity: quantity)))
        }
        recorder.record(1, at: Recorder.start, [.command(event, Content(.create(create))), reserve("a", 2)])
        let first = ReservationId(command: recorder.newest[1].id, index: 0)
        recorder.record(1, at: Recorder.start + 1, [reserve("b", 1)])
        let second = ReservationId(command: recorder.newest[0].id, index: 0)
        recorder.record(1, at: Recorder.start + 2, [join("c", 2), join("d", 1), join("e", 1)])
        // One place: the first in line needs two, and is passed over.
        recorder.record(1, at: Recorder.start + 3, [step(.release(second)), .due(event)])
        recorder.record(1, at: Recorder.start + 4, [step(.release(first)), .due(event)])
        return recorder
    }

    @Test func theSceneIsWhatItIsMeantToBe() throws {
        let rows = try recorded().journal.flatMap(\.rows)
        #expect(rows.map(\.status) == [201, 201, 201, 201, 201, 201, 200, 200, 200, 200])
        #expect(rows.map(\.kind.rawValue) == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1])
        #expect(findings(rows) == [])
    }

    private func changed(_ index: Int, _ old: String, _ new: String) throws -> [Finding] {
        var rows = try recorded().journal.flatMap(\.rows)
        let text = String(decoding: rows[index].reply, as: UTF8.self)
        let range = try #require(text.firstRange(of: old), "\(text)")
        rows[index].reply = Array(text.replacingCharacters(in: range, with: new).utf8)
        return findings(rows)
    }

    @Test func aPlaceThatTwoHaveIsFound() throws {
        // The second buyer is told a seat that the first one has.
        let found = try changed(2, "Hall/3", "Hall/1")
        #expect(found.first?.code == .place)
        #expect(found.first?.sequence == 3)
    }

    @Test func moreThanABuyerMayHaveIsFound() throws {
        let found = try changed(2, #""buyer":"b""#, #""buyer":"a""#)
        #expect(found.map(\.code) == [.limit])
    }

    @Test func aPassOverThatIsNotNamedIsFound() throws {
        let rows = try recorded().journal.flatMap(\.rows)
        let text = String(decoding: rows[7].reply, as: UTF8.self)
        let start = try #require(text.firstRange(of: #""passedOver":["#)?.upperBound)
        let end = try #require(text[start...].firstIndex(of: "]"))
        #expect(try changed(7, String(text[start..<end]), "").map(\.code).contains(.line))
    }

    @Test func aPassOverWithoutAReasonIsFound() throws {
        #expect(try changed(7, #""free":1"#, #""free":2"#).map(\.code) == [.line])
        #expect(try changed(7, #""count":1"#, #""count":2"#).map(\.code).contains(.line))
    }

    @Test func aWrongPositionInTheLineIsFound() throws {
        #expect(try changed(4, #""position":2"#, #""position":1"#).map(\.code) == [.line])
    }

    @Test func aSaleToSomebodyWhileOthersWaitIsFound() throws {
        // The last offer is told as a reservation of a walk-up.
        var rows = try recorded().journal.flatMap(\.rows)
        var walkUp = rows[2]
        walkUp.sequence = 100
        walkUp.reply = rows[7].reply
        rows.removeSubrange(7...)
        rows.append(walkUp)
        #expect(findings(rows).map(\.code) == [.line])
    }

    @Test func anAnswerThatCannotBeReadIsFound() throws {
        #expect(try changed(2, #""seats":["#, #""seets":["#).map(\.code).contains(.form))
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
