import Sealing
import Testing
import Ticketing
import Wire

@testable import Pipeline

@Suite struct ReplayTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aJournalDecidesTheSameAgain(_ seed: UInt64) throws {
        let recorder = try RecordedHistory.make(seed: seed)
        let replay = recorder.replayed()
        #expect(replay.findings.first.map(\.description) == [])
        #expect(replay.tally.entries == recorder.journal.reduce(0) { $0 + $1.rows.count })
        #expect(replay.tally.compared == replay.tally.entries)
        #expect(replay.heads == recorder.tails)
        #expect(Set(replay.events.map(\.event)) == Set(recorder.states.keys))
    }

    @Test func theHistoriesHoldWhatTheyAreMeantTo() throws {
        var kinds: [Verdict.Kind: Int] = [:]
        var outcomes: Set<String> = []
        for seed in 1...12 as ClosedRange<UInt64> {
            for entry in try RecordedHistory.make(seed: seed).sealed.flatMap(\.batch.entries) {
                kinds[entry.verdict.kind, default: 0] += 1
                guard let decision = entry.verdict.decision else { continue }
                let text = "\(decision.outcome)"
                outcomes.insert(String(text.prefix { $0 != "(" }))
                if case .refused(let refusal) = decision.outcome { outcomes.insert(refusal.code) }
                if case .paid(_, .told(_, let ended, _)) = decision.outcome {
                    outcomes.insert(ended == nil ? "told" : "told and ended")
                }
            }
        }
        #expect(kinds.count == 5, "\(kinds)")
        let wanted: Set = [
            "reserved", "extended", "released", "joined", "left", "checkedOut", "paid", "bookingCancelled", "refunded",
            "refundSettled", "admitted", "holdEnded", "offered", "entryEnded", "gatheringEnded", "unwound",
            "eventCreated", "eventChanged", "eventCancelled", "showAdded", "blocked", "event-exists", "waitlist-first",
            "no-such-event", "told", "told and ended",
        ]
        #expect(wanted.subtracting(outcomes) == [])
    }

    /// One change to a journal, and what it is found to be.
    struct Tampering: Sendable, CustomStringConvertible {
        let description: String
        let codes: Set<Finding.Code>
        /// Whether the row's batch is sealed again, by somebody who has the key: only the rules can tell then.
        let isSealedAgain: Bool
        let change: @Sendable (inout BatchRow, inout [JournalRow]) -> Void

        init(
            _ description: String, _ codes: Set<Finding.Code>, sealedAgain: Bool = false,
            _ change: @escaping @Sendable (inout BatchRow, inout [JournalRow]) -> Void
        ) {
            self.description = description
            self.codes = codes
            isSealedAgain = sealedAgain
            self.change = change
        }
    }

    static let tamperings: [Tampering] = [
        Tampering("payload", [.root]) { $1[0].payload = Array("{}".utf8) },
        Tampering("reply", [.root, .reply]) { $1[0].reply[9] ^= 1 },
        Tampering("status", [.root, .status]) { $1[0].status = 299 },
        Tampering("writes", [.root, .writes]) { $1[0].writes = .zero },
        Tampering("id", [.root]) { $1[0].id = Recorder.id(1 << 50) },
        Tampering("tenant", [.root]) { $1[0].tenant = TenantId(high: 1, low: 1) },
        Tampering("an entry left out", [.gap]) { $1.removeLast() },
        Tampering("an entry twice", [.gap]) { $1.append($1[0]) },
        Tampering("epoch", [.chain]) { batch, _ in batch.epoch += 1 },
        Tampering("epoch back", [.epoch]) { batch, _ in batch.epoch = 0 },
        Tampering("time", [.chain]) { batch, _ in batch.at = batch.at + 1 },
        Tampering("number", [.gap]) { batch, _ in batch.number += 1 },
        Tampering("first sequence", [.gap]) { batch, _ in batch.firstSequence += 1 },
        Tampering("root", [.root, .chain]) { batch, _ in batch.root = .zero },
        Tampering("chain", [.chain, .signature]) { batch, _ in batch.chain = .zero },
        Tampering("key", [.key]) { batch, _ in
            if let key = try? Recorder.key(9).publicKey { batch.key = key }
        },
        Tampering("rules", [.rules]) { batch, _ in batch.rulesVersion = 99 },
        Tampering("payload, sealed again", [.form], sealedAgain: true) { $1[0].payload = Array("{}".utf8) },
        Tampering("reply, sealed again", [.reply], sealedAgain: true) { $1[0].reply[9] ^= 1 },
        Tampering("status, sealed again", [.status], sealedAgain: true) { $1[0].status = 299 },
        Tampering("writes, sealed again", [.writes], sealedAgain: true) { $1[0].writes = .zero },
        Tampering("tenant, sealed again", [.status], sealedAgain: true) { $1[0].tenant = TenantId(high: 1, low: 1) },
        Tampering("event, sealed again", [.partition], sealedAgain: true) { $1[0].event = Recorder.event(2) },
        Tampering("kind, sealed again", [.order], sealedAgain: true) { $1[0].kind = .fellDue },
        Tampering("parked, sealed again", [.reply], sealedAgain: true) { $1[0].kind = .parked },
        Tampering("moved in, sealed again", [.move], sealedAgain: true) { $1[0].kind = .movedIn },
        Tampering("moved out, sealed again", [.form], sealedAgain: true) { $1[0].kind = .movedOut },
    ]

    /// Two events that exist, in two partitions, and a reservation in the third batch, which is tampered with.
    private func sold() throws -> Recorder {
        var recorder = try Recorder()
        for number in 1...2 as ClosedRange<UInt64> {
            recorder.record(Int(number), at: Recorder.start, [.command(Recorder.event(number), create(number))])
        }
        recorder.epoch = 2
        recorder.record(1, at: Recorder.start + 1, [reserve("a"), reserve("b")])
        recorder.record(1, at: Recorder.start + 2, [reserve("c")])
        return recorder
    }

    private func create(_ number: UInt64, capacity: Int = 50) -> Content {
        var settings = Settings()
        settings.hold = 60
        return Content(
            .create(
                CreateEvent(
                    event: Recorder.event(number), details: EventDetails(name: "E"), currency: RecordedHistory.euro,
                    settings: settings, tiers: [TierSpec(name: "A", price: 10)],
                    shows: [
                        ShowSpec(
                            startsAt: Recorder.start + 86_400,
                            sections: [SectionSpec(name: "Hall", tier: "A", capacity: capacity)])
                    ])))
    }

    private func reserve(_ buyer: Label, event: UInt64 = 1) -> Recorder.Step {
        .command(
            Recorder.event(event), Content(.reserve(Reserve(show: 1, buyer: buyer, tier: "A", quantity: 1))))
    }

    @Test(arguments: tamperings)
    func tamperingIsFound(_ tampering: Tampering) throws {
        let recorder = try sold()
        var journal = recorder.journal
        var (batch, rows) = journal[2]
        tampering.change(&batch, &rows)
        journal[2] = (batch, rows)
        if tampering.isSealedAgain {
            var chain = journal[0].batch.chain
            for index in [2, 3] {
                var writer = LeafWriter()
                journal[index].batch.root = MerkleTree.root(of: journal[index].rows.compactMap { writer.leaf(of: $0) })
                chain = Chain.head(after: chain, journal[index].batch)
                journal[index].batch.chain = chain
                journal[index].batch.signature = recorder.key.sign(chain.bytes)
            }
        }
        let found = recorder.replayed(journal).findings.first
        #expect(tampering.codes.isSubset(of: Set(found.map(\.code))), "\(found)")
        // It is named where it is.
        #expect(found.first?.partition == 1)
        #expect([2, 3].contains(found.first?.batch), "\(found)")
    }

    @Test func aBatchThatIsLeftOutIsMissed() throws {
        let recorder = try sold()
        var journal = recorder.journal
        journal.remove(at: 2)
        #expect(recorder.replayed(journal).findings.first.first?.code == .gap)
        journal = recorder.journal
        journal.removeLast()
        #expect(recorder.replayed(journal).findings.first.map(\.code).contains(.tail))
    }

    @Test func afterADifferenceTheEventIsNotJudgedAnyMoreButOthersAre() throws {
        let recorder = try sold()
        var journal = recorder.journal
        journal[2].rows[0].status = 299
        let replay = recorder.replayed(journal)
        #expect(replay.findings.first.map(\.code) == [.root, .status])
        #expect(replay.tally.skipped == 2)
        #expect(replay.state(of: Recorder.event(1)) == nil)
        #expect(replay.state(of: Recorder.event(2)) != nil)
    }

    @Test func anErasedSaltIsSaidAndNotHeldAgainstTheJournal() throws {
        let recorder = try sold()
        var journal = recorder.journal
        journal[2].rows[0].salt = nil
        let replay = recorder.replayed(journal)
        #expect(replay.findings.isEmpty)
        #expect(replay.unproved == 1)
    }

    @Test func otherTablesThanTheJournalLeadsToAreFound() throws {
        var recorder = try sold()
        let event = Recorder.event(1)
        let replay = recorder.replayed()
        replay.compare(event, with: nil)
        recorder.record(1, at: Recorder.start + 3, [reserve("d")])
        replay.compare(event, with: recorder.states[event])
        #expect(replay.findings.first.map(\.code) == [.state, .state])
    }

    @Test func whatWasDueMustHaveBeenDecidedFirst() throws {
        var recorder = try Recorder()
        recorder.record(1, at: Recorder.start, [.command(Recorder.event(1), create(1)), reserve("a")])
        recorder.record(1, at: Recorder.start + 61, [reserve("b")])
        var journal = recorder.journal
        try #require(journal[1].rows.map(\.kind) == [.fellDue, .decided])
        #expect(recorder.replayed().findings.isEmpty)
        journal[1].rows.removeFirst()
        #expect(recorder.replayed(journal).findings.first.map(\.code).contains(.order))
        journal[1].rows = Array(recorder.journal[1].rows.reversed())
        #expect(recorder.replayed(journal).findings.first.map(\.code).contains(.order))
    }

    @Test func arrearsAreBoundedAsTheyWere() throws {
        var recorder = try Recorder()
        recorder.record(1, at: Recorder.start, [.command(Recorder.event(1), create(1, capacity: 2_000))])
        for part in 0..<4 {
            recorder.record(
                1, at: Recorder.start, (0..<300).map { reserve(Label("buyer \(part * 300 + $0)")) })
        }
        let late = Recorder.start + 100
        let sizes = stride(from: 1_200, to: 0, by: -Book.arrearsPerBatch).map { min($0, Book.arrearsPerBatch) }
        for _ in sizes { recorder.record(1, at: late, [.due(Recorder.event(1))]) }
        #expect(recorder.journal.suffix(sizes.count).map(\.rows.count) == sizes)
        #expect(recorder.replayed().findings.first == [])
    }

    @Test func anEventGoesThroughPartitionsInAnyOrderOfTheirNumbers() throws {
        let event = Recorder.event(1)
        var recorder = try Recorder()
        recorder.record(5, at: Recorder.start, [.command(event, create(1)), reserve("a")])
        recorder.record(5, at: Recorder.start + 1, [.out(event, to: 2)])
        recorder.record(2, at: Recorder.start + 1, [.in(event, from: 5), reserve("b"), .out(event, to: 4)])
        recorder.record(4, at: Recorder.start + 1, [.in(event, from: 2), reserve("c")])
        #expect(recorder.replayed().findings.first == [])
        // As a database gives them: what has the same time, by partition.
        let sorted = recorder.journal.sorted {
            ($0.batch.at, $0.batch.partition, $0.batch.number) < ($1.batch.at, $1.batch.partition, $1.batch.number)
        }
        #expect(sorted.map(\.batch.partition) == [5, 2, 4, 5])
        let replay = recorder.replayed(sorted)
        #expect(replay.findings.first == [])
        #expect(replay.events.map(\.partition) == [4])
        // Nobody let go of it.
        let without = sorted.filter { $0.batch.partition != 5 || $0.batch.number != 2 }
        #expect(recorder.replayed(without).findings.first.map(\.code).contains(.move))
    }

    @Test func aReplayCanBeginWhereAnotherEnded() throws {
        let recorder = try RecordedHistory.make(seed: 3)
        for cut in [1, recorder.journal.count / 2, recorder.journal.count - 3] {
            let first = Replay(keys: [recorder.key.publicKey])
            for (batch, rows) in recorder.journal[..<cut] { first.add(batch, rows) }
            var start = try #require(first.end())
            // As it is stored.
            start.events = try start.events.map { event in
                JournalStart.Event(
                    partition: event.partition, movingTo: event.movingTo,
                    state: try EventState(snapshot: event.state.snapshot))
            }
            let second = Replay(keys: [recorder.key.publicKey], from: start)
            for (batch, rows) in recorder.journal[cut...] { second.add(batch, rows) }
            second.finish(recorder.tails)
            #expect(second.findings.first.map(\.description) == [])
        }
    }
}
