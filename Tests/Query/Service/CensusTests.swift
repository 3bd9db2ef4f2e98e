import Postgres
import Runtime
import TestSupport
import Testing

@testable import Query

extension ServedTests {
    @Suite struct CensusTests {
        private func census(_ scene: QueryScene, _ name: String, _ count: Lock<Int>) throws -> Census {
            try Census(scene.seats.database, name: name, log: .none) { number in count.withLock { $0 = number } }
        }

        @Test func whoIsThereIsCounted() async throws {
            try await QueryScene.with { scene in
                let (first, second) = (Lock(0), Lock(0))
                let one = try census(scene, "q-1", first)
                defer { one.stop() }
                try scene.seats.waitUntil("it counts itself") { first.withLock { $0 } == 1 }
                let other = try census(scene, "q-2", second)
                try scene.seats.waitUntil("both count two") {
                    first.withLock { $0 } == 2 && second.withLock { $0 } == 2
                }
                other.stop()
                try scene.seats.waitUntil("the other one has gone") { first.withLock { $0 } == 1 }
                #expect(try scene.seats.count("SELECT count(*) FROM query_server") == 1)
            }
        }

        /// One that was killed says nothing any more, and its row goes in the end.
        @Test func whoIsSilentIsNotCounted() async throws {
            try await QueryScene.with { scene in
                let count = Lock(0)
                _ = try scene.seats.withConnection { connection in
                    try connection.execute(
                        """
                        INSERT INTO query_server (name, seen_at) VALUES ('killed', clock_timestamp()),
                            ('silent', now() - interval '6 seconds'), ('old', now() - interval '2 hours')
                        """)
                }
                let census = try census(scene, "q-1", count)
                defer { census.stop() }
                try scene.seats.waitUntil("it counts the one that was seen") { count.withLock { $0 } == 2 }
                #expect(try scene.seats.count("SELECT count(*) FROM query_server WHERE name = 'old'") == 0)
                _ = try scene.seats.withConnection { connection in
                    try connection.execute(
                        "UPDATE query_server SET seen_at = now() - interval '6 seconds' WHERE name = 'killed'")
                }
                try scene.seats.waitUntil("it counts itself alone") { count.withLock { $0 } == 1 }
            }
        }

        @Test func aKeysLimitIsSharedOutAmongQueryServers() async throws {
            try await QueryScene.with { scene in
                let shop = try ShopScene(scene.seats)
                _ = try scene.seats.withConnection { try $0.execute("UPDATE api_key SET rate_limit = 10") }
                let servers = try (0..<2).map { _ in try shop.startQuery(streamPort: try ShopScene.freePort()) }
                for server in servers {
                    let client = ShopClient(port: server.port, key: shop.keys.read)
                    try scene.seats.waitUntil("each grants half of it") {
                        try client.get("/v1/locations")[header: "RateLimit-Policy"] == "\"key\";q=5;w=1"
                    }
                }
                try servers[1].killNow()
                let client = ShopClient(port: servers[0].port, key: shop.keys.read)
                try scene.seats.waitUntil("the one that is left grants all of it") {
                    try client.get("/v1/locations")[header: "RateLimit-Policy"] == "\"key\";q=10;w=1"
                }
            }
        }
    }
}
