import API
import Glibc
import Postgres
import Runtime
import Sealing
import TestSupport
import Testing
import Ticketing
import Wire

/// The program with a worker behind it.
@Suite struct IngressServerTests {
    @Test func aCommandIsAnsweredWithItsDecision() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let answer = try client.reserve(event.show, buyer: "b", tier: "A", quantity: 3)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.count("seats") == 3 && answer["seats/0/seat"] == "Floor/1/1")
            #expect(answer["total/amount"] == "15000" && answer["expiresInSeconds"] == "600")
            let id = try #require(answer[header: "Request-Id"])
            let request = try client.get("/v1/requests/\(id)")
            #expect(request["status"] == "decided" && request["outcome/status"] == "201")
            #expect(request["outcome/body/reservationId"] == answer["reservationId"])
            #expect(request["decision/sequence"] == answer["decision/sequence"])
            let tag = try #require(request[header: "ETag"])
            #expect(try client.get("/v1/requests/\(id)", headers: ["If-None-Match: \(tag)"]).status == 304)
            let receipt = try client.get("/v1/requests/\(id)/receipt")
            #expect(receipt.status == 200 && receipt["record/sequence"] == answer["decision/sequence"])
            #expect(try ingress.drain() == 0)
        }
    }

    @Test func aRetryIsTheSameCommandAndARefusalIsReplayedToo() async throws {
        try await ShopScene.with { scene in
            let (first, second) = (try scene.startIngress(), try scene.startIngress())
            let event = try ShopClient(port: first.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: first.port, key: scene.keys.produce)
            let other = ShopClient(port: second.port, key: scene.keys.produce)
            let answer = try client.reserve(event.show, buyer: "b", quantity: 2, idempotencyKey: "one")
            #expect(answer.status == 201 && answer[header: "Idempotency-Replayed"] == nil)
            // Whichever ingress takes it, and however its body is spaced.
            for again in [
                try client.reserve(event.show, buyer: "b", quantity: 2, idempotencyKey: "\"one\""),
                try other.reserve(event.show, buyer: "b", quantity: 2, idempotencyKey: "one"),
                try other.post(
                    "/v1/shows/\(event.show)/reservations",
                    #"{ "buyer": "b", "tier": "B", "quantity": 2, "together": true }"#, idempotencyKey: "one"),
            ] {
                #expect(again.status == 201 && again.text == answer.text)
                #expect(again[header: "Idempotency-Replayed"] == "true")
                #expect(again[header: "Request-Id"] == answer[header: "Request-Id"])
            }
            let reused = try other.reserve(event.show, buyer: "b", quantity: 3, idempotencyKey: "one")
            #expect(reused.status == 422 && reused.code == "idempotency-key-reused")
            #expect(reused["detail"]?.hasPrefix("This Idempotency-Key was used for a request") == true)
            let refused = try client.reserve(event.show, buyer: "b", quantity: 9, idempotencyKey: "two")
            #expect(refused.status == 409 && refused.code == "buyer-limit-exceeded" && refused["has"] == "2")
            let again = try other.reserve(event.show, buyer: "b", quantity: 9, idempotencyKey: "two")
            #expect(again.text == refused.text && again[header: "Idempotency-Replayed"] == "true")
            // A form that is wrong uses no key up.
            let malformed = try client.post(
                "/v1/shows/\(event.show)/reservations", #"{"buyer":"c"}"#, idempotencyKey: "three")
            #expect(malformed.status == 400 && malformed.code == "invalid-request")
            #expect(try client.reserve(event.show, buyer: "c", idempotencyKey: "three").status == 201)
            // Another tenant's key of the same name is another key.
            let stranger = ShopClient(port: first.port, key: scene.strangers.produce)
            #expect(try stranger.reserve(event.show, buyer: "b", quantity: 2, idempotencyKey: "one").status == 404)
        }
    }

    /// While no worker is there, the journal answers a retry, and says that it is one.
    @Test func aRetryThatTheJournalAnswersIsAReplay() async throws {
        try await ShopScene.with(worker: false) { scene in
            let (first, second) = (try scene.startIngress(), try scene.startIngress())
            let client = ShopClient(port: first.port, key: scene.keys.produce)
            let other = ShopClient(port: second.port, key: scene.keys.produce)
            let (show, answer) = try scene.seats.withWorker { _ in
                let event = try ShopClient(port: first.port, key: scene.keys.manage).createEvent()
                let answer = try client.reserve(event.show, buyer: "b", idempotencyKey: "one")
                #expect(answer.status == 201 && answer[header: "Idempotency-Replayed"] == nil)
                // So the other one has been told how far the partition has come.
                #expect(try other.reserve(event.show, buyer: "c").status == 201)
                return (event.show, answer)
            }
            for asked in [client, other] {
                let again = try asked.reserve(show, buyer: "b", idempotencyKey: "one")
                #expect(again.status == 201 && again.text == answer.text)
                #expect(again[header: "Idempotency-Replayed"] == "true")
            }
        }
    }

    @Test func theSameAtTheSameTimeIsOneCommand() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let (port, key) = (ingress.port, scene.keys.produce)
            let answers = Lock<[ShopClient.Answer]>([])
            let threads = try (0..<16).map { _ in
                try OwnedThread(name: "client") {
                    let client = ShopClient(port: port, key: key)
                    guard let answer = try? client.reserve(event.show, buyer: "b", quantity: 4, idempotencyKey: "same")
                    else { return }
                    answers.withLock { $0.append(answer) }
                }
            }
            for thread in threads { thread.join() }
            let all = answers.withLock { $0 }
            #expect(all.count == 16 && all.allSatisfy { $0.status == 201 })
            #expect(Set(all.map(\.text)).count == 1)
            #expect(all.count { $0[header: "Idempotency-Replayed"] == nil } == 1)
            #expect(try scene.seats.count("SELECT count(*) FROM claim") == 4)
        }
    }

    @Test func whoDoesNotWaitAsksLaterAtAnyIngress() async throws {
        try await ShopScene.with(worker: false) { scene in
            // Without a worker nothing is decided; its line and its queues are there.
            try scene.seats.withWorker { _ in }
            let (first, second) = (try scene.startIngress(), try scene.startIngress())
            let client = ShopClient(port: first.port, key: scene.keys.manage)
            let pending = try client.post("/v1/events", ShopClient.eventBody(), headers: ["Prefer: respond-async"])
            #expect(pending.status == 202 && pending["status"] == "pending")
            #expect(pending[header: "Retry-After"] != nil)
            let id = try #require(pending["requestId"])
            #expect(pending[header: "Location"] == "/v1/requests/\(id)")
            let waited = try client.post("/v1/events", ShopClient.eventBody(), headers: ["Prefer: wait=1"])
            #expect(waited.status == 202)
            let other = ShopClient(port: second.port, key: scene.keys.manage)
            for asked in [client, other] {
                let answer = try asked.get("/v1/requests/\(id)")
                #expect(answer.status == 200 && answer["status"] == "pending", "\(answer.text)")
            }
            // The one that took it dies; nothing that it accepted is lost with it.
            try first.killNow()
            let (port, key) = (second.port, scene.keys.manage)
            let answers = Lock<[ShopClient.Answer]>([])
            let waiter = try OwnedThread(name: "waiter") {
                let client = ShopClient(port: port, key: key)
                guard let answer = try? client.get("/v1/requests/\(id)", headers: ["Prefer: wait=30"]) else { return }
                answers.withLock { $0.append(answer) }
            }
            try scene.seats.withWorker("worker-2") { _ in
                waiter.join()
                let answer = try #require(answers.withLock { $0.first })
                #expect(answer["status"] == "decided" && answer["outcome/status"] == "201", "\(answer.text)")
                #expect(answer["outcome/body/eventId"]?.hasPrefix("evt_") == true)
            }
            // Another tenant's requests, and what is none, are nobody's.
            let stranger = ShopClient(port: second.port, key: scene.strangers.read)
            for path in ["/v1/requests/\(id)", "/v1/requests/\(id)/receipt", "/v1/requests/req_x", "/v1/requests/%00"] {
                let status = try stranger.get(path).status
                #expect(status == (path.hasSuffix("%00") ? 400 : 404), "\(path)")
            }
        }
    }

    /// The journal of the week in which it would have been decided has been dropped.
    @Test func whatIsNoLongerKeptIsGone() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let text: String = try scene.seats.withConnection { connection in
                try connection.query(
                    "SELECT tenant FROM api_key WHERE id = $1", String(scene.keys.produce.prefix { $0 != "." })
                ).one().get(0)
            }
            let tenant = try #require(TenantId(text: text))
            let seal = RequestSeal(try HMACKey([UInt8](repeating: 0x11, count: 32)))
            func id(weeksAgo weeks: Int64) -> String {
                let seconds = SystemTime().wall.microseconds / 1_000_000 - weeks * 7 * 86_400
                let id = RequestId(.accepted, CommandId(high: 7, low: 7), partition: 0, seconds: seconds)
                return seal.text(id, of: tenant)
            }
            let old = id(weeksAgo: 10)
            for path in ["/v1/requests/\(old)", "/v1/requests/\(old)/receipt"] {
                let answer = try client.get(path)
                #expect(answer.status == 410 && answer.code == "gone", "\(path): \(answer.text)")
            }
            let new = id(weeksAgo: 0)
            #expect(try client.get("/v1/requests/\(new)")["status"] == "pending")
            #expect(try client.get("/v1/requests/\(new)/receipt").status == 404)
        }
    }

    @Test func manyCommandsInOneBodyAreAnsweredInTheirOrder() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let events = try (0..<3).map { _ in
                try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            }
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            var lines: [String] = []
            for number in 0..<60 {
                let show = events[number % 3].show
                lines.append(
                    #"{"route":"POST /v1/shows/\#(show)/reservations","body":{"buyer":"b\#(number)","tier":"B","#
                        + #""quantity":1},"idempotencyKey":"k\#(number)"}"#)
            }
            lines.append(#"{"route":"POST /v1/shows/\#(events[0].show)/reservations","body":{"buyer":"x"}}"#)
            lines.append(#"{"route":"GET /v1/events"}"#)
            lines.append(#"{"route":"POST /v1/events","body":\#(ShopClient.eventBody())}"#)
            lines.append("nonsense")
            lines.append(#"{"route":"DELETE /v1/reservations/rsv_nothing"}"#)
            let answer = try client.send(
                "POST", "/v1/commands", lines.joined(separator: "\n"), type: "application/x-ndjson")
            #expect(answer.status == 200 && answer[header: "Content-Type"] == "application/x-ndjson")
            let answers = answer.text.split(separator: "\n")
            #expect(answers.count == lines.count)
            #expect(answers.prefix(60).allSatisfy { $0.hasPrefix(#"{"status":201,"requestId":"req_"#) })
            for (number, line) in answers.prefix(60).enumerated() { #expect(line.contains("\"b\(number)\"")) }
            let statuses = answers.suffix(5).map { $0.prefix { $0 != "," } }
            #expect(
                statuses == [
                    "{\"status\":400", "{\"status\":400", "{\"status\":403", "{\"status\":400", "{\"status\":404",
                ])
            // A line's key is the single request's key.
            let single = try client.post(
                "/v1/shows/\(events[0].show)/reservations", #"{"buyer":"b0","tier":"B","quantity":1}"#,
                idempotencyKey: "k0")
            #expect(single.status == 201 && single[header: "Idempotency-Replayed"] == "true")
        }
    }

    @Test func aBodyOfManyHasItsBounds() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            func send(_ body: String, _ headers: [String] = []) throws -> ShopClient.Answer {
                try client.send("POST", "/v1/commands", body, headers: headers, type: "application/x-ndjson")
            }
            #expect(try send("\n\n").code == "invalid-request")
            #expect(try send(String(repeating: "{}\n", count: 1_001)).code == "invalid-request")
            #expect(try send("{}", ["Idempotency-Key: a"]).code == "invalid-request")
            #expect(try send(String(repeating: "x", count: 4 << 20 + 1)).status == 413)
            let json = try client.send("POST", "/v1/commands", "{}")
            #expect(json.status == 415 && json.code == "unsupported-media-type")
        }
    }

    @Test func anotherTenantsThingsAreNotThere() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let reservation = try #require(try client.reserve(event.show, buyer: "b")["reservationId"])
            let entry = "wtl_" + reservation.dropFirst(4)
            let booking = "bkg_" + reservation.dropFirst(4)
            let stranger = ShopClient(port: ingress.port, key: scene.strangers.produce)
            let manager = ShopClient(port: ingress.port, key: scene.strangers.manage)
            let answers = [
                try stranger.reserve(event.show, buyer: "b"),
                try stranger.delete("/v1/reservations/\(reservation)"),
                try stranger.post("/v1/reservations/\(reservation)/extend", #"{"seconds":60}"#),
                try stranger.post("/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"}"#),
                try stranger.post("/v1/shows/\(event.show)/waitlist", #"{"buyer":"b","tier":"A","quantity":1}"#),
                try stranger.delete("/v1/waitlist/\(entry)"),
                try stranger.delete("/v1/bookings/\(booking)"),
                try manager.delete("/v1/events/\(event.id)"),
                try manager.send("PUT", "/v1/events/\(event.id)", #"{"tiers":[{"name":"A","price":1}]}"#),
                try manager.post("/v1/shows/\(event.show)/blocks", #"{"seats":["Floor/1/1"]}"#),
                try manager.post("/v1/bookings/\(booking)/refunds", #"{"amount":1,"reason":"r"}"#),
            ]
            for answer in answers { #expect(answer.status == 404, "\(answer.text)") }
            #expect(try client.delete("/v1/reservations/\(reservation)")["status"] == "released")
        }
    }

    @Test func aKeyThatIsRevokedIsNotTakenForLong() async throws {
        try await ShopScene.with { scene in
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.read)
            #expect(try client.get("/v1/requests/req_x").status == 404)
            #expect(try client.delete("/v1/reservations/x").code == "forbidden")
            try scene.seats.withConnection { connection in
                let id = String(scene.keys.read.prefix { $0 != "." })
                try connection.execute("UPDATE api_key SET revoked_at = now() WHERE id = $1", id)
            }
            try scene.seats.waitUntil("the key is refused", within: .seconds(5)) {
                try client.get("/v1/requests/req_x").status == 401
            }
            for bad in ["", "nonsense", "key_a.sk_b", scene.keys.produce + "x"] {
                client.key = bad
                let answer = try client.get("/v1/requests/req_x")
                #expect(answer.status == 401 && answer.code == "unauthorized")
                #expect(answer[header: "WWW-Authenticate"] == "Bearer")
            }
        }
    }

    @Test func aKeysLimitIsSharedOutAndTold() async throws {
        try await ShopScene.with { scene in
            let key = try scene.seats.withConnection { connection in
                let tenant: String = try connection.query(
                    "SELECT tenant FROM api_key WHERE id = $1",
                    String(scene.keys.produce.prefix { $0 != "." })
                ).one().get(0)
                try connection.execute(
                    "UPDATE api_key SET rate_limit = 5 WHERE tenant = $1", tenant)
                return scene.keys.produce
            }
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: key)
            var limited: ShopClient.Answer?
            for _ in 0..<200 where limited == nil {
                let answer = try client.get("/v1/requests/req_x")
                #expect(answer[header: "RateLimit-Policy"] == "\"key\";q=5;w=1")
                if answer.status == 429 { limited = answer }
            }
            #expect(limited?.code == "rate-limited" && limited?[header: "Retry-After"] == "1")
            #expect(limited?[header: "RateLimit"]?.hasPrefix("\"key\";r=0") == true)
        }
    }

    @Test func anEMailIsKeptApartFromTheCommand() async throws {
        try await ShopScene.with { scene in
            let (ingress, second) = (try scene.startIngress(), try scene.startIngress())
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let other = ShopClient(port: second.port, key: scene.keys.produce)
            let reservation = try #require(try client.reserve(event.show, buyer: "b")["reservationId"])
            let body = #"{"provider":"sandbox","email":"someone@example.org"}"#
            let path = "/v1/reservations/\(reservation)/checkout"
            let answer = try client.post(path, body, idempotencyKey: "c")
            #expect(answer.status == 201 && answer["status"] == "creating", "\(answer.text)")
            for asked in [client, other] {
                #expect(try asked.post(path, body, idempotencyKey: "c")[header: "Idempotency-Replayed"] == "true")
                // With another address, or none, it is another request; and the one that counted stays.
                for address in [#","email":"other@example.org""#, ""] {
                    let reused = try asked.post(
                        path, #"{"provider":"sandbox"\#(address)}"#, idempotencyKey: "c")
                    #expect(reused.status == 422 && reused.code == "idempotency-key-reused", "\(reused.text)")
                }
            }
            #expect(try scene.seats.count("SELECT count(*) FROM person WHERE email = 'someone@example.org'") == 1)
            #expect(try scene.seats.count("SELECT count(*) FROM person") == 1)
            // A request does not say itself what it is compared with.
            let forged = try client.post(path, #"{"provider":"sandbox","emailDigest":"x"}"#)
            #expect(forged.status == 400 && forged.code == "invalid-request")
            #expect(
                try scene.seats.count("SELECT count(*) FROM journal WHERE encode(payload, 'escape') LIKE '%someone%'")
                    == 0)
        }
    }
}
