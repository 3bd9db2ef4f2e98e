import Glibc
import Postgres
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct ProgramTests {
        private func get(_ port: Int, _ path: String, _ key: String) throws -> RawHTTPResponse {
            try RawHTTPClient(port: UInt16(port)).exchange(
                "GET", path, headers: ["Authorization: Bearer \(key)", "Connection: close"])
        }

        /// Killed in the middle of it; the other server goes on where it was.
        @Test func streamsOutliveTheirServer() async throws {
            try await QueryScene.with { scene in
                try scene.seats.withWorker { _ in
                    let producer = try LineProducer(scene.seats)
                    defer { producer.close() }
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let show = ShowId(event, 1).text
                    let path = "/v1/shows/\(show)/changes"
                    let shop = try ShopScene(scene.seats)
                    let ports = (try ShopScene.freePort(), try ShopScene.freePort())
                    let (first, second) = (
                        try shop.startQuery(streamPort: ports.0), try shop.startQuery(streamPort: ports.1)
                    )
                    var client = MapClient(try JSON(get(first.port, "/v1/shows/\(show)/seats", scene.key).body))
                    let source = try EventSource(port: UInt16(ports.0), path: path, key: scene.key)
                    _ = try source.next()
                    _ = try story.reserve(event, "Floor/A/1")
                    _ = try client.read(source, to: 2)
                    try first.killNow()
                    #expect(throws: (any Error).self) { try source.next() }
                    for seat in 2...4 { _ = try story.reserve(event, "Floor/A/\(seat)") }
                    let again = try EventSource(
                        port: UInt16(ports.1), path: path, key: scene.key, lastId: source.lastId)
                    _ = try client.read(again, to: 5)
                    _ = try story.reserve(event, "Floor/A/5")
                    _ = try client.read(again, to: 6)
                    let map = MapClient(try JSON(get(second.port, "/v1/shows/\(show)/seats", scene.key).body))
                    #expect(client.letters == map.letters && client.surprises == [])
                    // Both ports serve it.
                    let other = try EventSource(port: UInt16(second.port), path: path, key: scene.key)
                    #expect(try other.next().id == "6")
                    #expect(try second.drain() == 0)
                    #expect(throws: (any Error).self) { while true { _ = try other.next() } }
                }
            }
        }

        @Test func itStartsWithoutItsServersAndSaysSo() async throws {
            try await QueryScene.with { scene in
                let port = try ShopScene.freePort()
                let none = try ShopScene.freePort()
                let running = try Tool.start(
                    try Tool.built("turnstile-query"),
                    environment: [
                        "TURNSTILE_POSTGRES_URL": "postgres://nobody@127.0.0.1:\(none)/none",
                        "TURNSTILE_RABBITMQ_URL": "amqp://guest:guest@127.0.0.1:\(none)/",
                        "TURNSTILE_API_REQUEST_KEY": String(repeating: "11", count: 32),
                        "TURNSTILE_API_TICKET_SEED": String(repeating: "22", count: 32),
                        "TURNSTILE_QUERY_PORT": "\(port)", "TURNSTILE_QUERY_STREAM_PORT": "0",
                    ])
                try scene.seats.waitUntil("it says what is missing") {
                    guard let answer = try? get(port, "/readyz", "") else { return false }
                    return answer.status == 503 && answer.text.contains("database") && answer.text.contains("broker")
                }
                #expect(try get(port, "/healthz", "").status == 200)
                #expect(try get(port, "/v1/keys", "").status == 200)
                #expect(try get(port, "/v1/events", "key_x.sk_x").status == 503)
                kill(running.pid, SIGTERM)
                #expect(try running.outcome().code == 0)
            }
        }

        @Test func withoutItsKeysItDoesNotStart() async throws {
            try await onThread {
                let running = try Tool.start(
                    try Tool.built("turnstile-query"),
                    environment: [
                        "TURNSTILE_POSTGRES_URL": "postgres://nobody@127.0.0.1:1/none",
                        "TURNSTILE_RABBITMQ_URL": "amqp://guest:guest@127.0.0.1:1/",
                        "TURNSTILE_API_REQUEST_KEY": String(repeating: "11", count: 32),
                    ])
                let outcome = try running.outcome()
                #expect(outcome.code != 0 && outcome.error.contains("TURNSTILE_API_TICKET_SEED"))
            }
        }

        /// Lists are asked of the standby, things by their ids of the primary.
        @Test func listsComeFromTheReplica() async throws {
            try await QueryScene.with { scene in
                let host = try #require(scene.seats.database.hosts.first)
                let proxy = try FaultProxy(to: UInt16(clamping: host.port))
                defer { proxy.stop() }
                try scene.serve { parts in
                    parts.replica = parts.control
                    parts.replica?.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
                    parts.replica?.connectTimeout = .milliseconds(700)
                } _: { server, producer in
                    let event = try Story(producer).createEvent(1)
                    #expect(try server.json("/v1/events")["items"].list.count == 1)
                    proxy.refuse()
                    #expect(try server.get("/v1/events").status == 503)
                    #expect(try server.get("/v1/locations").status == 503)
                    #expect(try server.get("/v1/bookings").status == 503)
                    #expect(try server.get("/v1/events/\(event.text)").status == 200)
                    #expect(try server.get("/v1/shows/\(ShowId(event, 1).text)/seats").status == 200)
                    proxy.forward()
                    try scene.seats.waitUntil("lists are there again") { try server.get("/v1/events").status == 200 }
                }
            }
        }
    }
}
