import Glibc
import Pipeline
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// A hot event that is moved to a partition of its own and back while it is sold through two ingresses.
@Suite(.serialized) struct MoveFaults {
    /// What one client saw, in its order.
    private struct Seen: Sendable {
        var sequences: [(at: String, partition: String, sequence: Int)] = []
        var retries = 0
        var failures: [String] = []
    }

    private static let clients = 12

    @Test func aHotEventIsMovedTenTimesWhileItIsSold() async throws {
        try await ShopScene.with(partitions: 4, spares: 2, worker: false) { scene in
            let workers = [try scene.seats.startProcess(), try scene.seats.startProcess()]
            defer { for worker in workers { kill(worker.pid, SIGKILL) } }
            try scene.seats.waitUntil("the workers share all partitions") {
                try scene.seats.count("SELECT count(DISTINCT owner) FROM partition") == 2
                    && scene.seats.count("SELECT count(*) FROM partition WHERE owner IS NULL") == 0
            }
            let ingresses = [try scene.startIngress(), try scene.startIngress()]
            let manager = ShopClient(port: ingresses[0].port, key: scene.keys.manage)
            let hot = try manager.createEvent(ShopClient.eventBody(standing: 100_000))
            let neighbour = try manager.createEvent(ShopClient.eventBody(standing: 100_000))
            let isDone = Lock(false)
            let seen = Lock([Seen](repeating: Seen(), count: Self.clients))
            let threads = try (0..<Self.clients).map { number in
                let (port, key) = (ingresses[number % 2].port, scene.keys.produce)
                let show = number < Self.clients - 2 ? hot.show : neighbour.show
                return try OwnedThread(name: "client-\(number)") {
                    let result = Self.sell(show, port: port, key: key, named: "c\(number)") { isDone.withLock { $0 } }
                    seen.withLock { $0[number] = result }
                }
            }
            let mover = EventMover(
                database: scene.seats.database, broker: try ConnectionSettings(url: scene.seats.brokerURL))
            let event = try #require(EventId(text: hot.id))
            var partitions: [Int] = []
            let before = try scene.seats.count("SELECT count(*) FROM journal WHERE kind = 0")
            for round in 0..<10 {
                partitions.append(try mover.move(event, round % 2 == 0 ? .dedicate : .undedicate))
                // Something is sold in each place.
                let decided = try scene.seats.count("SELECT count(*) FROM journal WHERE kind = 0")
                try scene.seats.waitUntil("something is sold after move \(round)") {
                    try scene.seats.count("SELECT count(*) FROM journal WHERE kind = 0") > decided + 50
                }
            }
            isDone.withLock { $0 = true }
            for thread in threads { thread.join() }
            let home = Keys.partition(of: event, among: 4)
            #expect(partitions == (0..<10).map { $0 % 2 == 0 ? 4 : home })
            try expectOrder(scene, seen.withLock { $0 }, hot: event, since: before)
        }
    }

    /// Reserves one place after the other; what fails is sent once more with its key.
    private static func sell(
        _ show: String, port: Int, key: String, named name: String, until isDone: () -> Bool
    ) -> Seen {
        var seen = Seen()
        let client = ShopClient(port: port, key: key)
        var number = 0
        while !isDone() {
            number += 1
            func send() -> ShopClient.Answer? {
                try? client.reserve(show, buyer: "\(name)-\(number)", idempotencyKey: "\(name)-\(number)")
            }
            var answer = send()
            if answer?.status != 201 {
                seen.retries += 1
                answer = send()
            }
            guard let answer, answer.status == 201, let at = answer["decision/decidedAt"],
                let partition = answer["decision/partition"],
                let sequence = answer["decision/sequence"].flatMap({ Int($0) })
            else {
                seen.failures.append("\(answer?.status ?? 0) \(answer?.text ?? "no answer")")
                continue
            }
            seen.sequences.append((at, partition, sequence))
        }
        return seen
    }

    private func expectOrder(_ scene: ShopScene, _ seen: [Seen], hot: EventId, since: Int) throws {
        var sold = 0
        for (number, client) in seen.enumerated() {
            #expect(client.failures.isEmpty, "client \(number): \(client.failures.first ?? "")")
            #expect(client.sequences.count > 10)
            sold += client.sequences.count
            // Each was sent after the one before was answered, so it was decided after it: times are of one width.
            for (earlier, later) in zip(client.sequences, client.sequences.dropFirst()) {
                #expect(earlier.at <= later.at)
                if earlier.partition == later.partition { #expect(earlier.sequence < later.sequence) }
            }
        }
        #expect(try scene.seats.count("SELECT count(*) FROM claim") == sold)
        #expect(
            try scene.seats.count(
                "SELECT count(DISTINCT partition) FROM journal WHERE event = (SELECT event FROM event_route)") == 2)
        let replay = try DatabaseReplay.run(scene.seats.database)
        #expect(replay.findings.first.isEmpty, "\(replay.findings.first)")
        let verification = try DatabaseVerification.run(scene.seats.database)
        #expect(verification.findings.first.isEmpty, "\(verification.findings.first)")
    }

    /// An ingress that is frozen in the middle of it lapses; when it goes on, it publishes nothing by the old map.
    @Test func aFrozenIngressDoesNotHoldAMoveUp() async throws {
        try await ShopScene.with(partitions: 4, spares: 1) { scene in
            let (frozen, other) = (try scene.startIngress(), try scene.startIngress())
            let manager = ShopClient(port: other.port, key: scene.keys.manage)
            let event = try manager.createEvent(ShopClient.eventBody(standing: 100))
            let id = try #require(EventId(text: event.id))
            let home = Keys.partition(of: id, among: 4)
            let client = ShopClient(port: frozen.port, key: scene.keys.produce)
            #expect(try client.reserve(event.show, buyer: "a")["decision/partition"] == "\(home)")
            kill(frozen.pid, SIGSTOP)
            defer { kill(frozen.pid, SIGCONT) }
            func body(_ number: Int) -> String { #"{"buyer":"b\#(number)","tier":"B","quantity":1}"# }
            // What is sent to it meanwhile is read when it goes on.
            let waiting = try (0..<20).map { number in
                let client = try RawHTTPClient(port: UInt16(frozen.port), timeout: 60)
                try client.request(
                    "POST", "/v1/shows/\(event.show)/reservations",
                    headers: [
                        "Authorization: Bearer \(scene.keys.produce)", "Content-Type: application/json",
                        "Idempotency-Key: k\(number)",
                    ], body: body(number))
                return client
            }
            let mover = EventMover(
                database: scene.seats.database, broker: try ConnectionSettings(url: scene.seats.brokerURL))
            #expect(try mover.move(id, .dedicate) == 4)
            let seller = ShopClient(port: other.port, key: scene.keys.produce)
            #expect(try seller.reserve(event.show, buyer: "c")["decision/partition"] == "4")
            let before = try scene.seats.count("SELECT coalesce(max(sequence), 0) FROM journal WHERE partition <> 4")
            kill(frozen.pid, SIGCONT)
            for (number, waiter) in waiting.enumerated() {
                let first = ShopClient.Answer(try waiter.response(to: "POST"))
                // One that was published before it froze may be decided, and its answer be late.
                #expect([201, 202, 503].contains(first.status), "\(first.text)")
                try scene.seats.waitUntil("number \(number) has a place") {
                    let again = try client.post(
                        "/v1/shows/\(event.show)/reservations", body(number), idempotencyKey: "k\(number)")
                    #expect([201, 202, 503].contains(again.status), "\(again.text)")
                    return again.status == 201
                }
            }
            #expect(try scene.seats.count("SELECT count(*) FROM claim") == 22)
            #expect(
                try scene.seats.count("SELECT coalesce(max(sequence), 0) FROM journal WHERE partition <> 4") == before)
        }
    }

    @Test func aMoveIsRefusedWhereItCannotBe() async throws {
        try await ShopScene.with(partitions: 4, spares: 1) { scene in
            let ingress = try scene.startIngress()
            let manager = ShopClient(port: ingress.port, key: scene.keys.manage)
            let (first, second) = (try manager.createEvent(), try manager.createEvent())
            let operatorKey = try scene.operatorKey()
            let client = ShopClient(port: ingress.port, key: operatorKey)
            #expect(try manager.post("/v1/operate/events/\(first.id)/dedicate", "").code == "forbidden")
            let moved = try client.post("/v1/operate/events/\(first.id)/dedicate", "")
            #expect(moved.status == 200 && moved["partition"] == "4", "\(moved.text)")
            #expect(try client.post("/v1/operate/events/\(first.id)/dedicate", "")["partition"] == "4")
            let full = try client.post("/v1/operate/events/\(second.id)/dedicate", "")
            #expect(full.status == 409 && full.code == "conflict", "\(full.text)")
            #expect(try client.post("/v1/operate/events/evt_nothing/dedicate", "").status == 404)
            let unknown = "evt_" + String(repeating: "0", count: 22)
            #expect(try client.post("/v1/operate/events/\(unknown)/dedicate", "").status == 404)
            let produce = ShopClient(port: ingress.port, key: scene.keys.produce)
            #expect(try produce.reserve(first.show, buyer: "b")["decision/partition"] == "4")
            #expect(try client.post("/v1/operate/events/\(first.id)/undedicate", "").status == 200)
            #expect(try client.post("/v1/operate/events/\(second.id)/dedicate", "")["partition"] == "4")
        }
    }
}
