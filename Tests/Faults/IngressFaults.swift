import Glibc
import Pipeline
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// Ingresses that are killed, and servers that are taken away from them.
@Suite(.serialized) struct IngressFaults {
    /// 503, a problem that says so, within a second.
    private func expectUnavailable(_ client: ShopClient, _ show: String, _ buyer: String) throws {
        let began = SystemTime().monotonic
        let answer = try client.reserve(show, buyer: buyer)
        let took = SystemTime().monotonic - began
        #expect(answer.status == 503 && answer.code == "unavailable", "\(answer.status) \(answer.text)")
        #expect(answer[header: "Retry-After"] != nil && took < .seconds(1), "\(took)")
    }

    @Test func theBrokerAwayIsSaidAtOnceAndComesBackByItself() async throws {
        try await TestDatabase.with { database in
            let broker = try PrivateBroker()
            let seats = try SeatsScene(database: database.settings, databaseURL: database.url, brokerURL: broker.url)
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { kill(worker.pid, SIGKILL) }
            for partition in 0..<seats.partitions + seats.spares {
                try broker.waitUntilRegistered(quorumQueue: "turnstile.seats.\(partition)")
            }
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            #expect(try client.reserve(event.show, buyer: "a").status == 201)
            broker.kill()
            try seats.waitUntil("the ingress knows") { try client.get("/readyz").status == 503 }
            for number in 0..<3 { try expectUnavailable(client, event.show, "b\(number)") }
            #expect(try client.get("/healthz").status == 200)
            try broker.start()
            try seats.waitUntil("the ingress takes commands again", within: .seconds(60)) {
                try client.reserve(event.show, buyer: "c", idempotencyKey: "c").status == 201
            }
            // Nothing of what was refused was decided.
            #expect(try seats.count("SELECT count(*) FROM reservation") == 2)
            #expect(try ingress.drain() == 0)
        }
    }

    @Test func aMemoryAlarmOfTheBrokerIsUnavailableAndPasses() async throws {
        try await TestDatabase.with { database in
            let broker = try PrivateBroker()
            let seats = try SeatsScene(database: database.settings, databaseURL: database.url, brokerURL: broker.url)
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { kill(worker.pid, SIGKILL) }
            for partition in 0..<seats.partitions + seats.spares {
                try broker.waitUntilRegistered(quorumQueue: "turnstile.seats.\(partition)")
            }
            let ingress = try scene.startIngress(["TURNSTILE_INGRESS_CONFIRM_TIMEOUT": "1s"])
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            try broker.raiseMemoryAlarm()
            // The broker says so to whoever publishes: the first may be left without a word.
            let first = try client.reserve(event.show, buyer: "first", idempotencyKey: "first")
            #expect(first.status == 503, "\(first.text)")
            #expect(first.code == "outcome-unknown" || first.code == "unavailable")
            if first.code == "outcome-unknown" { #expect(first[header: "Request-Id"] != nil) }
            try seats.waitUntil("the ingress knows") { try client.get("/readyz").status == 503 }
            try expectUnavailable(client, event.show, "second")
            try broker.clearMemoryAlarm()
            try seats.waitUntil("the ingress takes commands again") {
                try client.reserve(event.show, buyer: "first", idempotencyKey: "first").status == 201
            }
            #expect(try seats.count("SELECT count(*) FROM reservation") == 1)
        }
    }

    @Test(arguments: [true, false])
    func theDatabaseAwayIsSaidAtOnceAndComesBackByItself(_ isFrozen: Bool) async throws {
        try await TestBroker.withVirtualHost { broker in
            let postgres = try PrivatePostgres(configuration: ["fsync=on", "synchronous_commit=on"])
            let seats = try SeatsScene(
                database: postgres.settings, databaseURL: "postgres://turnstile@127.0.0.1:\(postgres.port)/postgres",
                brokerURL: broker.url)
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { kill(worker.pid, SIGKILL) }
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            #expect(try client.reserve(event.show, buyer: "a").status == 201)
            if isFrozen { postgres.freeze() } else { postgres.crash() }
            let gone = SystemTime().monotonic
            // Accepted, and pending: it is decided once the database is back.
            let pending = try client.reserve(
                event.show, buyer: "b", idempotencyKey: "b", headers: ["Prefer: wait=1"])
            #expect(pending.status == 202 || pending.code == "unavailable", "\(pending.text)")
            try seats.waitUntil("the ingress knows", within: .seconds(5)) { try client.get("/readyz").status == 503 }
            #expect(SystemTime().monotonic - gone < .seconds(5))
            for number in 0..<3 { try expectUnavailable(client, event.show, "c\(number)") }
            let unknown = ShopClient(port: ingress.port, key: scene.strangers.produce)
            try expectUnavailable(unknown, event.show, "d")
            if isFrozen { postgres.thaw() } else { try postgres.start() }
            try seats.waitUntil("the ingress takes commands again", within: .seconds(60)) {
                try client.reserve(event.show, buyer: "b", idempotencyKey: "b").status == 201
            }
            if pending.status == 202, let id = pending["requestId"] {
                #expect(try client.get("/v1/requests/\(id)", headers: ["Prefer: wait=20"])["status"] == "decided")
            }
            #expect(try seats.count("SELECT count(*) FROM reservation") == 2)
        }
    }

    /// 500 clients wait while nothing is decided; the ingress is killed; each sends again and has the one decision.
    @Test func aKilledIngressLosesNothingThatItAccepted() async throws {
        try await ShopScene.with(worker: false) { scene in
            let event = try scene.seats.withWorker { _ in
                let first = try scene.startIngress()
                return try ShopClient(port: first.port, key: scene.keys.manage).createEvent(
                    ShopClient.eventBody(standing: 1_000))
            }
            let port = try ShopScene.freePort()
            let ingress = try scene.startIngress(port: port)
            let clients = try (0..<500).map { _ in try RawHTTPClient(port: UInt16(port), timeout: 60) }
            let path = "/v1/shows/\(event.show)/reservations"
            func request(_ client: RawHTTPClient, _ number: Int) throws {
                try client.request(
                    "POST", path,
                    headers: [
                        "Authorization: Bearer \(scene.keys.produce)", "Content-Type: application/json",
                        "Idempotency-Key: k\(number)", "Prefer: wait=60",
                    ], body: #"{"buyer":"b\#(number)","tier":"B","quantity":1}"#)
            }
            for (number, client) in clients.enumerated() { try request(client, number) }
            let watcher = ShopClient(port: port, key: "")
            try scene.seats.waitUntil("all are accepted") {
                try watcher.get("/metrics").text.contains("turnstile_commands_undecided 500")
            }
            try ingress.killNow()
            for client in clients { #expect(client.isEnded()) }
            let second = try scene.startIngress(port: port)
            try scene.seats.withWorker("worker-2") { _ in
                let again = try (0..<500).map { _ in try RawHTTPClient(port: UInt16(second.port), timeout: 60) }
                for (number, client) in again.enumerated() { try request(client, number) }
                var seats: Set<String> = []
                for client in again {
                    let response = try client.response(to: "POST")
                    #expect(response.status == 201, "\(response.text)")
                    let answer = ShopClient.Answer(response)
                    seats.insert(answer["seats/0/seat"] ?? "none")
                }
                #expect(seats.count == 500 && !seats.contains("none"))
                #expect(try scene.seats.count("SELECT count(*) FROM claim") == 500)
                #expect(
                    try scene.seats.count("SELECT count(*) FROM journal WHERE kind = 0 AND status = 201") == 501)
            }
        }
    }

    /// An ingress that is told to end tells those who wait, and ends.
    @Test func whoIsDrainedLetsNobodyWait() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress()
            let client = try RawHTTPClient(port: UInt16(ingress.port), timeout: 60)
            try client.request(
                "POST", "/v1/events",
                headers: [
                    "Authorization: Bearer \(scene.keys.manage)", "Content-Type: application/json", "Prefer: wait=60",
                ], body: ShopClient.eventBody())
            let watcher = ShopClient(port: ingress.port, key: "")
            try scene.seats.waitUntil("it is accepted") {
                try watcher.get("/metrics").text.contains("turnstile_commands_undecided 1")
            }
            kill(ingress.pid, SIGTERM)
            let response = try client.response(to: "POST")
            #expect(response.status == 202 && response.text.contains("\"status\":\"pending\""))
            #expect(try ingress.running.outcome(within: .seconds(20)).code == 0)
            #expect(try scene.seats.count("SELECT count(*) FROM ingress") == 0)
        }
    }
}
