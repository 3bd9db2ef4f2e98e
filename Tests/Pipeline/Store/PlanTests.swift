import PipelineTestSupport
import Postgres
import Testing
import Ticketing

@testable import Pipeline

/// Plans are made once, and have to be good for whatever the tables become.
@Suite struct PlanTests {
    @Test func aPlanMadeForAnEmptyTableReadsNoMoreThanItHasToWhenItIsFull() async throws {
        try await PostgresWorld.with { world in
            // As after a sale that came to nothing.
            try world.connection.run(
                script: """
                    INSERT INTO claim
                    SELECT gen_random_uuid(), 1, place, gen_random_uuid(), 0, 0 FROM generate_series(1, 1000) AS place;
                    DELETE FROM claim;
                    ANALYZE claim
                    """)
            let store = try world.open("one")
            guard let claim = try store.claim([ClaimRequest(number: 0, epoch: 0)], for: "one").first else {
                throw Mismatch("nothing claimed")
            }
            var owner = Owner(claim)
            var clerk = try world.clerk()
            clerk.create([SectionSpec(name: "Floor", tier: "A", capacity: 4_000)])
            try owner.commit(clerk.takeEntries(), to: store)
            for isFull in [false, true] {
                if isFull {
                    for number in 0..<300 { try clerk.reserve(Label("b\(number)"), 10) }
                    try owner.commit(clerk.takeEntries(), to: store)
                }
                let (sold, freed) = (try clerk.reserve("a", 5), try clerk.reserve("b", 5))
                try owner.commit(clerk.takeEntries(), to: store)
                let before = try Self.entriesRead(store)
                try clerk.book(sold)
                try clerk.send(.release(freed))
                try owner.commit(clerk.takeEntries(), to: store)
                #expect(try Self.entriesRead(store) - before < 100)
            }
        }
    }

    /// Entries of the index that the session has read.
    private static func entriesRead(_ store: PostgresStore) throws -> Int {
        try store.connection.execute("SELECT pg_stat_force_next_flush()")
        return try store.connection.query(
            "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'claim_pkey'"
        ).one().get(0)
    }
}
