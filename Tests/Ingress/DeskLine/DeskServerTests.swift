import Glibc
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// The program with a worker of the desk line behind it.
@Suite struct DeskServerTests {
    private static func gold(_ client: ShopClient, key: String? = nil, _ headers: String...) throws -> ShopClient.Answer
    {
        try client.post("/v1/desk/tickets", #"{"ticketType":"GOLD"}"#, idempotencyKey: key, headers: headers)
    }

    private static func time(_ text: String) -> Timestamp? {
        Array(text.utf8).withUnsafeBytes { Timestamp(rfc3339: $0) }
    }

    @Test func aTicketIsAnsweredWithItsDecision() async throws {
        try await DeskFaceScene.with { scene in
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let answer = try Self.gold(client)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer["status"] == "open" && answer["ticketType"] == "GOLD")
            let ticket = try #require(answer["ticketId"])
            #expect(ticket.hasPrefix("dsk_") && answer["slot/slotId"]?.hasPrefix("slt_") == true)
            #expect(answer["decision/partition"] == "\(scene.partition(of: scene.tenants[0].id))")
            let resolved = try client.post("/v1/desk/tickets/\(ticket)/resolve", "")
            #expect(resolved.status == 200 && resolved["status"] == "resolved", "\(resolved.text)")
            let late = try client.delete("/v1/desk/tickets/\(ticket)")
            #expect(late.status == 409 && late.code == "already-resolved")
            let other = try #require(try Self.gold(client)["ticketId"])
            let cancelled = try client.delete("/v1/desk/tickets/\(other)")
            #expect(cancelled.status == 200 && cancelled["status"] == "cancelled")
            // What became of it, from the tenant's own journal, and the proof.
            let id = try #require(answer[header: "Request-Id"])
            let request = try client.get("/v1/requests/\(id)")
            #expect(request["status"] == "decided" && request["outcome/status"] == "201", "\(request.text)")
            #expect(request["outcome/body/ticketId"] == ticket)
            #expect(request["decision/sequence"] == answer["decision/sequence"])
            let receipt = try client.get("/v1/requests/\(id)/receipt")
            #expect(receipt.status == 200, "\(receipt.text)")
            #expect(receipt["record/sequence"] == answer["decision/sequence"])
            #expect(try ingress.drain() == 0)
        }
    }

    /// Until it is full; one that is cancelled makes room for the next.
    @Test func whatCannotBePromisedIsRefusedWithTheEarliestTime() async throws {
        try await DeskFaceScene.with { scene in
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let settings = try client.send(
                "PUT", "/v1/desk/settings",
                #"""
                {"classes":[{"name":"GOLD","minutes":4}],"minutesPerTicket":1,"agents":1,"placement":"deadline"}
                """#)
            #expect(settings.status == 200 && settings["softAssignSeconds"] == "30", "\(settings.text)")
            var tickets: [String] = []
            var refused: ShopClient.Answer?
            for _ in 0..<10 where refused == nil {
                let answer = try Self.gold(client)
                if let ticket = answer["ticketId"] { tickets.append(ticket) } else { refused = answer }
            }
            #expect((2...5).contains(tickets.count))
            #expect(refused?.status == 409 && refused?.code == "sla-cannot-be-met" && refused?["earliest"] != nil)
            let broken = try client.send(
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"GOLD","minutes":4}],"minutesPerTicket":3,"agents":1,"placement":"deadline"}"#)
            #expect(broken.status == 409 && broken.code == "promises-outstanding", "\(broken.text)")
            #expect(try client.delete("/v1/desk/tickets/\(try #require(tickets.last))").status == 200)
            #expect(try Self.gold(client).status == 201)
        }
    }

    @Test func aRetryIsTheSameCommand() async throws {
        try await DeskFaceScene.with { scene in
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: scene.tenants[0].token)
            let other = ShopClient(port: second.port, key: scene.tenants[0].token)
            let answer = try Self.gold(client, key: "one")
            #expect(answer.status == 201 && answer[header: "Idempotency-Replayed"] == nil)
            for asked in [client, other] {
                let again = try asked.post("/v1/desk/tickets", #"{ "ticketType" : "GOLD" }"#, idempotencyKey: "one")
                #expect(again.text == answer.text && again[header: "Idempotency-Replayed"] == "true")
                #expect(again[header: "Request-Id"] == answer[header: "Request-Id"])
                let reused = try asked.post("/v1/desk/tickets", #"{"ticketType":"SILVER"}"#, idempotencyKey: "one")
                #expect(reused.status == 422 && reused.code == "idempotency-key-reused", "\(reused.text)")
            }
            // Another tenant's key of the same name is another key.
            let theirs = try Self.gold(ShopClient(port: first.port, key: scene.tenants[1].token), key: "one")
            #expect(theirs.status == 201 && theirs["ticketId"] != answer["ticketId"])
            // A form that is wrong uses no key up.
            let malformed = try client.post("/v1/desk/tickets", "{}", idempotencyKey: "two")
            #expect(malformed.status == 400 && malformed.code == "invalid-request")
            #expect(try Self.gold(client, key: "two").status == 201)
        }
    }

    /// While no worker is there, the journal answers a retry, and says that it is one.
    @Test func whatNoReplyTellsTheJournalDoes() async throws {
        try await DeskFaceScene.with(worker: false) { scene in
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: scene.tenants[0].token)
            let other = ShopClient(port: second.port, key: scene.tenants[0].token)
            let answer = try scene.desk.withWorker("desk-2") { _ in try Self.gold(client, key: "one", "Prefer: wait=30")
            }
            #expect(answer.status == 201 && answer[header: "Idempotency-Replayed"] == nil, "\(answer.text)")
            // The other one has never heard of this tenant: what is older than clocks can be apart is old.
            let decidedAt = try #require(answer["decision/decidedAt"].flatMap { Self.time($0) })
            try scene.desk.waitUntil("it is old by any clock") { SystemTime().wall > decidedAt + .seconds(2) }
            for asked in [client, other] {
                let again = try Self.gold(asked, key: "one", "Prefer: wait=30")
                #expect(again.status == 201 && again.text == answer.text)
                #expect(again[header: "Idempotency-Replayed"] == "true")
                let id = try #require(again[header: "Request-Id"])
                #expect(try asked.get("/v1/requests/\(id)")["outcome/status"] == "201")
                // It means nothing to anybody else.
                for (key, status) in [(scene.tenants[1].token, 404), ("", 401), (scene.shop.keys.read, 404)] {
                    #expect(try ShopClient(port: first.port, key: key).get("/v1/requests/\(id)").status == status)
                }
                let reused = try asked.post(
                    "/v1/desk/tickets", #"{"ticketType":"SILVER"}"#, idempotencyKey: "one",
                    headers: ["Prefer: wait=30"])
                #expect(reused.status == 422 && reused.code == "idempotency-key-reused", "\(reused.text)")
            }
        }
    }

    @Test func whoDoesNotWaitAsksLaterAtAnyIngress() async throws {
        try await DeskFaceScene.with(worker: false) { scene in
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: scene.tenants[0].token)
            let pending = try Self.gold(client, "Prefer: respond-async")
            #expect(pending.status == 202 && pending["status"] == "pending" && pending[header: "Retry-After"] != nil)
            let id = try #require(pending["requestId"])
            #expect(pending[header: "Location"] == "/v1/requests/\(id)")
            #expect(try Self.gold(client, "Prefer: wait=1").status == 202)
            let other = ShopClient(port: second.port, key: scene.tenants[0].token)
            for asked in [client, other] { #expect(try asked.get("/v1/requests/\(id)")["status"] == "pending") }
            #expect(try other.get("/v1/requests/\(id)/receipt").status == 404)
            // The one that took it dies; nothing that it accepted is lost with it.
            try first.killNow()
            try scene.desk.withWorker("desk-2") { _ in
                let answer = try other.get("/v1/requests/\(id)", headers: ["Prefer: wait=30"])
                #expect(answer["status"] == "decided" && answer["outcome/status"] == "201", "\(answer.text)")
            }
        }
    }

    @Test func anotherTenantsTicketIsNotThere() async throws {
        try await DeskFaceScene.with { scene in
            let ingress = try scene.shop.startIngress()
            let answer = try Self.gold(ShopClient(port: ingress.port, key: scene.tenants[0].token))
            let ticket = try #require(answer["ticketId"])
            let client = ShopClient(port: ingress.port, key: scene.tenants[1].token)
            for path in [ticket, "dsk_1", ticket.replacing("dsk_", with: "slt_"), "x", ticket + "0"] {
                #expect(try client.delete("/v1/desk/tickets/\(path)").status == 404)
                #expect(try client.post("/v1/desk/tickets/\(path)/resolve", "").status == 404)
            }
            // Nothing of that was published.
            #expect(
                try scene.desk.count("SELECT count(*) FROM journal", in: scene.tenants[1].id) == 2,
                "the request and what made it real")
            // Keys of shops are for something else, and a session is no key.
            #expect(try Self.gold(ShopClient(port: ingress.port, key: scene.shop.keys.produce)).status == 403)
            #expect(try client.post("/v1/events", ShopClient.eventBody()).status == 403)
            for bad in ["", "tds_nonsense", scene.tenants[1].token + "x"] {
                #expect(try Self.gold(ShopClient(port: ingress.port, key: bad)).status == 401)
            }
        }
    }

    /// What can be seen to be wrong without the desk is told with its place.
    @Test func aFormThatIsWrongIsPublishedNowhere() async throws {
        let one = #""minutesPerTicket":1,"agents":1"#
        let wrong = [
            ("POST", "/v1/desk/tickets", "", "/ticketType"), ("POST", "/v1/desk/tickets", "{}", "/ticketType"),
            ("POST", "/v1/desk/tickets", #"{"ticketType":1}"#, "/ticketType"),
            ("POST", "/v1/desk/tickets", #"{"ticketType":"GOLD","clientId":"tnt_1"}"#, "/clientId"),
            (
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"A","minutes":1}],\#(one),"placement":"earliest"}"#, "/classes/0/minutes"
            ),
            (
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"A\n","minutes":9}],\#(one),"placement":"earliest"}"#, "/classes/0/name"
            ),
            (
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"A","minutes":9}],\#(one),"placement":"latest"}"#, "/placement"
            ),
        ]
        try await DeskFaceScene.with(tenants: 1, worker: false) { scene in
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            for (method, path, body, pointer) in wrong {
                let answer = try client.send(method, path, body)
                #expect(answer.status == 400 && answer["errors/0/pointer"] == pointer, "\(answer.text)")
            }
        }
    }

    @Test func withoutAWorkerEverNothingIsAccepted() async throws {
        try await DeskFaceScene.with(tenants: 1, worker: false) { scene in
            try scene.desk.withConnection { connection in
                try connection.execute("DELETE FROM partition WHERE line = 'desk'")
                try connection.execute("DELETE FROM line WHERE name = 'desk'")
            }
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let refused = try Self.gold(client)
            #expect(refused.status == 503 && refused.code == "unavailable" && refused[header: "Retry-After"] != nil)
            // Its first worker makes the partitions, and is found by itself.
            try scene.desk.withConnection {
                _ = try $0.execute("INSERT INTO line (name, partitions, spares) VALUES ('desk', 2, 0)")
            }
            try scene.desk.waitUntil("tickets are accepted") { try Self.gold(client, "Prefer: wait=0").status == 202 }
        }
    }

    /// Which partitions there are and who has a session is known; nothing else is needed.
    @Test func whileTheControlDatabaseIsAwayTicketsAreTaken() async throws {
        try await DeskFaceScene.with(tenants: 1) { scene in
            let host = try #require(scene.desk.database.hosts.first)
            let proxy = try FaultProxy(to: UInt16(host.port))
            let url = scene.shop.seats.databaseURL.replacing(#/:[0-9]+\//#, with: ":\(proxy.port)/")
            let ingress = try scene.shop.startIngress(["TURNSTILE_POSTGRES_URL": url])
            let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            #expect(try Self.gold(client).status == 201)
            proxy.freeze()
            defer { proxy.forward() }
            try scene.desk.waitUntil("it is noticed") { try client.get("/readyz").status == 503 }
            let answer = try Self.gold(client)
            #expect(answer.status == 201, "\(answer.text)")
        }
    }

    /// Who asks for a request of a tenant whose database is silent is told so, and nobody else waits for that.
    @Test func aSilentDatabaseIsItsOwnTenantsAlone() async throws {
        try await DeskFaceScene.withProxy { scene, proxy, stores in
            let (first, second) = (
                try scene.shop.startIngress(stores), try scene.shop.startIngress(stores)
            )
            let clients = scene.tenants.map { ShopClient(port: first.port, key: $0.token) }
            // The other ingress has only the journals to ask.
            let askers = scene.tenants.map { ShopClient(port: second.port, key: $0.token) }
            let ids = try clients.map { try #require(try Self.gold($0)[header: "Request-Id"]) }
            for (asker, id) in zip(askers, ids) {
                try scene.desk.waitUntil("both are known") {
                    try asker.get("/v1/requests/\(id)")["status"] == "decided"
                }
            }
            proxy.freeze()
            for wait in ["", "Prefer: wait=10"] {
                let silent = try askers[0].get("/v1/requests/\(ids[0])", headers: wait.isEmpty ? [] : [wait])
                #expect(silent.status == 503 && silent.code == "unavailable", "\(silent.text)")
                #expect(silent[header: "Retry-After"] != nil)
                #expect(try askers[0].get("/v1/requests/\(ids[0])/receipt").status == 503)
                for _ in 0..<10 {
                    #expect(try askers[1].get("/v1/requests/\(ids[1])", headers: ["Prefer: wait=10"]).status == 200)
                    #expect(try askers[1].get("/v1/requests/\(ids[1])/receipt").status == 200)
                    let gold = try Self.gold(clients[1])
                    #expect(gold.status == 201, "\(gold.text)")
                }
            }
            proxy.forward()
            try scene.desk.waitUntil("it is asked again") {
                try askers[0].get("/v1/requests/\(ids[0])")["status"] == "decided"
            }
        }
    }
}
