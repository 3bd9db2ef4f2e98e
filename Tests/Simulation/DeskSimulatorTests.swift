import Desk
import DeskLine
import Pipeline
import Sealing
import TestSupport
import Testing
import Ticketing

@testable import Simulation

@Suite("Histories of desks")
struct DeskSimulatorTests {
    /// As in `SimulatorTests`: the optimised build runs many more.
    @Test("Histories of tenants, workers and faults hold")
    func histories() async throws {
        let summary = try await onThread { try Campaign(DeskSimulator(), seeds: 1..<21, threads: 2).run() }
        #expect(summary.failures.map { "seed \($0.seed): \($0.failure ?? "")" }.isEmpty)
        #expect(summary.histories == 20)
        #expect(summary.decided > 2_600 && summary.fellDue > 260)
    }

    /// Without these a history would prove nothing of them.
    @Test("What histories are meant to hold happens in them")
    func coverage() async throws {
        let seen = try await onThread {
            var seen = Seen()
            for seed in 1...60 as ClosedRange<UInt64> {
                let world = try DeskWorld(seed: seed, commands: 150) { seen.hear($0) }
                defer { withExtendedLifetime(world) { world.scheduler.end() } }
                world.live()
                seen.spilled += world.control.spilledLines
                seen.begun += world.auditor.begun
                seen.parked += world.databases.values.reduce(0) { $0 + $1.journal.count { $0.kind == .parked } }
                seen.accounts += world.control.accounts.count
                seen.undisturbed += world.auditor.undisturbed
            }
            return seen
        }
        #expect(seen.spilled > 50 && seen.begun > 500 && seen.parked > 1 && seen.accounts > 60, "\(seen)")
        #expect(seen.undisturbed > 20, "\(seen)")
        #expect(Seen.all.subtracting(seen.words).isEmpty)
    }

    private struct Seen {
        var spilled = 0
        var begun = 0
        var parked = 0
        var accounts = 0
        var undisturbed = 0
        var words: Set<String> = []
        static let all: Set = [
            "freeze", "thaw", "dies", "drain", "parted", "pause", "desks away", "late", "twice", "control away",
            "broker away", "cut", "unplug", "clock jumps",
        ]

        mutating func hear(_ line: String) {
            for word in Self.all
            where line.drop(while: { $0 != " " }).dropFirst().hasPrefix(word + " ") { words.insert(word) }
        }
    }

    @Test("One seed is one history, to the last byte", arguments: [1, 18, 40] as [UInt64])
    func determinism(seed: UInt64) async throws {
        let (first, second) = try await onThread { (try Self.trace(seed), try Self.trace(seed)) }
        #expect(first.report == second.report)
        #expect(first.lines == second.lines)
        #expect(first.lines.count > 300)
    }

    private static func trace(_ seed: UInt64) throws -> (report: Simulator.Report, lines: [String]) {
        var lines: [String] = []
        let report = try DeskSimulator().run(seed: seed) { lines.append($0) }
        return (report, lines)
    }

    @Test(
        "Each check that is taken away is missed within the normal number of histories",
        arguments: DeskSimulator.Mutation.allCases)
    func mutation(_ mutation: DeskSimulator.Mutation) async throws {
        let failures = try await onThread {
            var simulator = DeskSimulator()
            simulator.mutation = mutation
            return try Campaign(simulator, seeds: 1..<2_001, threads: 2).run().failures
        }
        let failure = try #require(failures.first, "nothing failed without the \(mutation.rawValue)")
        #expect(failure.failure?.isEmpty == false)
    }

    @Test(
        "What workers journal is decided the same again, and keeps its promises",
        arguments: 1...25 as ClosedRange<UInt64>)
    func replay(_ seed: UInt64) async throws {
        let found = try await onThread {
            let world = try DeskWorld(seed: seed, commands: 150)
            defer { withExtendedLifetime(world) { world.scheduler.end() } }
            world.live()
            let desks = world.databases.values.map { StoredHistory($0) }
            return desks.flatMap { $0.proved().map(\.description) } + (world.failure.map { [$0] } ?? [])
        }
        #expect(found == [])
    }

    /// What is done to a journal or its tables, and what has to be found then.
    private struct Alteration: Sendable {
        let code: Finding.Code
        /// Returns whether there was something to alter.
        let alter: @Sendable (inout StoredHistory) -> Bool

        init(_ code: Finding.Code, _ alter: @escaping @Sendable (inout StoredHistory) -> Bool) {
            self.code = code
            self.alter = alter
        }
    }

    private static let alterations = [
        Alteration(.root) { $0.replace("\"resolveBy\":\"2026", by: "\"resolveBy\":\"2027") },
        // The work of one agent is another's, who has something to do.
        Alteration(.slot) { $0.replace("\"agent\":1", by: "\"agent\":0") },
        Alteration(.limit) { $0.replace("\"resolveBy\":\"2026", by: "\"resolveBy\":\"2025") },
        Alteration(.gap) { history in
            history.journal.remove(at: history.journal.count / 2)
            return true
        },
        Alteration(.chain) { history in
            history.batches[history.batches.count / 2].chain = .zero
            return true
        },
        Alteration(.writes) { history in
            history.journal[history.journal.count / 2].writes = .zero
            return true
        },
        Alteration(.tail) { history in
            history.head.number += 1
            return true
        },
        Alteration(.ticket) { history in
            guard let id = history.stored.tickets.keys.min() else { return false }
            history.stored.tickets[id] = nil
            return true
        },
        Alteration(.state) { history in
            guard let id = history.stored.tickets.keys.min() else { return false }
            history.stored.tickets[id]?.kind = "other"
            return true
        },
    ]

    @Test("What is altered in a journal or its tables is found", arguments: alterations.indices)
    func alteration(_ index: Int) async throws {
        let alteration = Self.alterations[index]
        let found = try await onThread {
            var found: [[Finding.Code]] = []
            for seed in 1...6 as ClosedRange<UInt64> {
                let world = try DeskWorld(seed: seed, commands: 150)
                defer { withExtendedLifetime(world) { world.scheduler.end() } }
                world.live()
                for desk in world.databases.values where desk.journal.count > 10 {
                    var history = StoredHistory(desk)
                    if alteration.alter(&history) { found.append(history.proved().map(\.code)) }
                }
            }
            return found
        }
        #expect(!found.isEmpty && found.allSatisfy { !$0.isEmpty }, "nobody noticed")
        #expect(found.contains { $0.contains(alteration.code) }, "\(Set(found.joined().map(\.rawValue)))")
    }
}
