internal import DeskLine
internal import Pipeline
internal import Postgres
internal import TestSupport
import Testing
internal import Ticketing
internal import Wire

/// A desk with more tickets than are loaded in a moment.
@Suite struct LargeDeskTests {
    @Test func aDeskWithMoreTicketsThanAreLoadedInAMomentIsOpened() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let tenant = try scene.addTenants(1)[0].id
            // Half an hour is left free before them, so that there is room however long the test takes.
            try scene.withDesk(of: tenant) { desk in
                try desk.run(
                    script: """
                        UPDATE desk SET agents = 1000;
                        INSERT INTO ticket (id, id_index, class, status, created_at, resolve_by, opened_at, starts_at)
                        SELECT gen_random_uuid(), 0, 'BRONZE', 1, now(), now() + interval '8 hours', now(),
                            date_trunc('minute', now()) + (30 + number / 1000) * interval '1 minute'
                        FROM generate_series(0, 199999) AS number
                        """)
            }
            try scene.withWorker { _ in
                let producer = try scene.producer()
                let answer = try producer.ask(DeskCommands.ticket(of: tenant, from: producer))
                #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
                // Loading takes longer than a database may be silent, and is no silence.
                #expect(try scene.count("SELECT count(*) FROM spill") == 0)
            }
        }
    }
}
