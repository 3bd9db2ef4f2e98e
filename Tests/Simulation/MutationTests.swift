import TestSupport
import Testing

@testable import Simulation

@Suite("What the simulator would notice")
struct MutationTests {
    @Test(
        "Each check that is taken away is missed within the normal number of histories",
        arguments: Simulator.Mutation.allCases)
    func mutation(_ mutation: Simulator.Mutation) async throws {
        let failures = try await onThread {
            var simulator = Simulator()
            simulator.mutation = mutation
            return try Campaign(simulator, seeds: 1..<2_001, threads: 2).run().failures
        }
        let failure = try #require(failures.first, "nothing failed without the \(mutation.rawValue)")
        #expect(failure.failure?.isEmpty == false)
    }
}
