import TestSupport
import Testing

@testable import Simulation

@Suite("Histories")
struct SimulatorTests {
    /// A few, with the assertions that only this build has: the optimised one runs thousands, see `Config/test`.
    @Test("Histories of several hundred commands, workers and faults hold")
    func histories() async throws {
        let summary = try await onThread { try Campaign(Simulator(), seeds: 1..<31, threads: 2).run() }
        #expect(summary.failures.map { "seed \($0.seed): \($0.failure ?? "")" }.isEmpty)
        #expect(summary.histories == 30)
        #expect(summary.decided > 6_000 && summary.fellDue > 300)
    }

    @Test("One seed is one history, to the last byte", arguments: [1, 54, 80, 363] as [UInt64])
    func determinism(seed: UInt64) async throws {
        let (first, second) = try await onThread {
            (try Self.trace(seed), try Self.trace(seed))
        }
        #expect(first.report == second.report)
        #expect(first.lines == second.lines)
        #expect(first.lines.count > 500)
    }

    @Test("Another seed is another history")
    func seeds() async throws {
        let hashes = try await onThread { try (1...4).map { try Simulator().run(seed: $0).hash } }
        #expect(Set(hashes).count == 4)
    }

    private static func trace(_ seed: UInt64) throws -> (report: Simulator.Report, lines: [String]) {
        var lines: [String] = []
        let report = try Simulator().run(seed: seed) { lines.append($0) }
        return (report, lines)
    }
}
