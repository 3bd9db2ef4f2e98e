import Pipeline
import PipelineTestSupport
import Testing

@Suite struct PostgresStoreTests {
    @Test(arguments: StoreConformance.all)
    func itDoesWhatEveryStoreDoes(check: StoreConformance.Check) async throws {
        try await PostgresWorld.with { world in try check.run(world) }
    }
}
