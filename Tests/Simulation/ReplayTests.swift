import Pipeline
import Sealing
import Testing
import Ticketing

@testable import Simulation

/// What workers have journaled under every kind of fault is what the rules decide, and keeps its promises.
@Suite struct ReplayTests {
    @Test(arguments: 1...15 as ClosedRange<UInt64>)
    func whatWorkersJournalIsDecidedTheSameAgain(_ seed: UInt64) throws {
        let world = try World(seed: seed, commands: 150, mutation: nil, print: nil)
        defer { withExtendedLifetime(world) { world.scheduler.end() } }
        let recorded = world.database.committed
        var batches: [SealedBatch] = []
        world.database.committed = {
            batches.append($0)
            recorded($0)
        }
        world.live()
        try #require(world.failure == nil && !batches.isEmpty)
        let journal = batches.map { (batch: $0.row, rows: $0.journalRows) }.sorted {
            ($0.batch.at, $0.batch.partition, $0.batch.number) < ($1.batch.at, $1.batch.partition, $1.batch.number)
        }
        let replay = Replay(keys: Set(batches.map(\.key)))
        var promises = PromiseCheck()
        var broken = Findings()
        for (batch, rows) in journal {
            replay.add(batch, rows)
            promises.add(rows, &broken)
        }
        replay.finish(replay.heads)
        promises.finish(&broken)
        #expect(replay.findings.first.map(\.description) == [])
        #expect(broken.first.map(\.description) == [])
        #expect(replay.tally.compared == replay.tally.entries)
    }
}
