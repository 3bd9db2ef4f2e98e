import Glibc
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// The program with a stand-in for the desk's workers behind it.
@Suite struct DeskServerTests {
    private static func gold(_ client: ShopClient, key: String? = nil, _ headers: String...) throws -> ShopClient.Answer
    {
        try client.post("/v1/desk/tickets", #"{"ticketType":"GOLD"}"#, idempotencyKey: key, headers: headers)
    }

    @Test func aTicketIsAnsweredWithItsDecision() async throws {
        try await DeskScene.with { scene in
            let tenant = try scene.addTenant(1)
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: tenant.token)
            try DeskDouble.with(scene) { _ in
                let answer = try Self.gold(client)
                #expect(answer.status == 201, "\(answer.text)")
                #expect(answer["status"] == "open" && answer["ticketType"] == "GOLD")
                let ticket = try #require(answer["ticketId"])
                #expect(ticket.hasPrefix("dtk_") && answer["slot/slotId"]?.hasPrefix("slt_") == true)
                #expect(answer["decision/partition"] == "\(scene.partition(of: tenant.id))")
                let resolved = try client.post("/v1/desk/tickets/\(ticket)/resolve", "")
                #expect(resolved.status == 200 && resolved["status"] == "resolved", "\(resolved.text)")
                let late = try client.delete("/v1/desk/tickets/\(ticket)")
                #expect(late.status == 409 && late.code == "already-resolved")
                let other = try #require(try Self.gold(client)["ticketId"])
                let cancelled = try client.delete("/v1/desk/tickets/\(other)")
                #expect(cancelled.status == 200 && cancelled["status"] == "cancelled")
                // What became of it, and not what it was asked for.
                let id = try #require(answer[header: "Request-Id"])
                let request = try client.get("/v1/requests/\(id)")
                #expect(request["status"] == "decided" && request["outcome/status"] == "201", "\(request.text)")
                #expect(request["outcome/body/ticketId"] == ticket)
                #expect(request["decision/sequence"] == answer["decision/sequence"])
                #expect(try ingress.drain() == 0)
            }
        }
    }

    /// Until it is full; one that is cancelled makes room for the next.
    @Test func whatCannotBePromisedIsRefusedWithTheEarliestTime() async throws {
        try await DeskScene.with { scene in
            let tenant = try scene.addTenant(1)
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: tenant.token)
            try DeskDouble.with(scene) { _ in
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
                    #"{"classes":[{"name":"GOLD","minutes":4}],"minutesPerTicket":3,"agents":1,"placement":"earliest"}"#
                )
                #expect(broken.status == 409 && broken.code == "promises-outstanding", "\(broken.text)")
                #expect(try client.delete("/v1/desk/tickets/\(try #require(tickets.last))").status == 200)
                #expect(try Self.gold(client).status == 201)
            }
        }
    }

    @Test func aRetryIsTheSameCommand() async throws {
        try await DeskScene.with { scene in
            let (tenant, stranger) = (try scene.addTenant(1), try scene.addTenant(2))
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: tenant.token)
            let other = ShopClient(port: second.port, key: tenant.token)
            try DeskDouble.with(scene) { _ in
                let answer = try Self.gold(client, key: "one")
                #expect(answer.status == 201 && answer[header: "Idempotency-Replayed"] == nil)
                for asked in [client, other] {
                    let again = try asked.post(
                        "/v1/desk/tickets", #"{ "ticketType" : "GOLD" }"#, idempotencyKey: "one")
                    #expect(again.text == answer.text && again[header: "Idempotency-Replayed"] == "true")
                    #expect(again[header: "Request-Id"] == answer[header: "Request-Id"])
                    let reused = try asked.post(
                        "/v1/desk/tickets", #"{"ticketType":"SILVER"}"#, idempotencyKey: "one")
                    #expect(reused.status == 422 && reused.code == "idempotency-key-reused", "\(reused.text)")
                }
                // Another tenant's key of the same name is another key.
                let theirs = try Self.gold(ShopClient(port: first.port, key: stranger.token), key: "one")
                #expect(theirs.status == 201 && theirs["ticketId"] != answer["ticketId"])
                // A form that is wrong uses no key up.
                let malformed = try client.post("/v1/desk/tickets", "{}", idempotencyKey: "two")
                #expect(malformed.status == 400 && malformed.code == "invalid-request")
                #expect(try Self.gold(client, key: "two").status == 201)
            }
        }
    }

    /// The journal of the tenant's own database says it, at any ingress.
    @Test func whatIsNotToldIsAskedFor() async throws {
        try await DeskScene.with { scene in
            let (tenant, stranger) = (try scene.addTenant(1), try scene.addTenant(2))
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: tenant.token)
            try DeskDouble.with(scene) { double in
                double.tell(false)
                let answer = try Self.gold(client, key: "one", "Prefer: wait=30")
                #expect(answer.status == 201, "\(answer.text)")
                #expect(answer[header: "Idempotency-Replayed"] == nil)
                let id = try #require(answer[header: "Request-Id"])
                for port in [first.port, second.port] {
                    let asked = try ShopClient(port: port, key: tenant.token).get("/v1/requests/\(id)")
                    #expect(asked["status"] == "decided" && asked["outcome/status"] == "201", "\(asked.text)")
                    // It means nothing to anybody else.
                    #expect(try ShopClient(port: port, key: stranger.token).get("/v1/requests/\(id)").status == 404)
                    #expect(try ShopClient(port: port, key: "").get("/v1/requests/\(id)").status == 401)
                }
            }
        }
    }

    @Test func whoDoesNotWaitAsksLaterAtAnyIngress() async throws {
        try await DeskScene.with { scene in
            let tenant = try scene.addTenant(1)
            let (first, second) = (try scene.shop.startIngress(), try scene.shop.startIngress())
            let client = ShopClient(port: first.port, key: tenant.token)
            let pending = try Self.gold(client, "Prefer: respond-async")
            #expect(pending.status == 202 && pending["status"] == "pending" && pending[header: "Retry-After"] != nil)
            let id = try #require(pending["requestId"])
            #expect(pending[header: "Location"] == "/v1/requests/\(id)")
            #expect(try Self.gold(client, "Prefer: wait=1").status == 202)
            let other = ShopClient(port: second.port, key: tenant.token)
            for asked in [client, other] { #expect(try asked.get("/v1/requests/\(id)")["status"] == "pending") }
            // The one that took it dies; nothing that it accepted is lost with it.
            try first.killNow()
            try DeskDouble.with(scene) { _ in
                let answer = try other.get("/v1/requests/\(id)", headers: ["Prefer: wait=30"])
                #expect(answer["status"] == "decided" && answer["outcome/status"] == "201", "\(answer.text)")
            }
        }
    }

    @Test func anotherTenantsTicketIsNotThere() async throws {
        try await DeskScene.with { scene in
            let (tenant, stranger) = (try scene.addTenant(1), try scene.addTenant(2))
            let ingress = try scene.shop.startIngress()
            try DeskDouble.with(scene) { double in
                let answer = try Self.gold(ShopClient(port: ingress.port, key: tenant.token))
                let ticket = try #require(answer["ticketId"])
                let client = ShopClient(port: ingress.port, key: stranger.token)
                let seen = double.seen
                for path in [ticket, "dtk_1", ticket.replacing("dtk_", with: "slt_"), "x", ticket + "0"] {
                    #expect(try client.delete("/v1/desk/tickets/\(path)").status == 404)
                    #expect(try client.post("/v1/desk/tickets/\(path)/resolve", "").status == 404)
                }
                #expect(double.seen == seen, "nothing of that is published")
                // Keys of shops are for something else, and a session is no key.
                let shop = ShopClient(port: ingress.port, key: scene.shop.keys.produce)
                #expect(try Self.gold(shop).status == 403)
                #expect(try client.post("/v1/events", ShopClient.eventBody()).status == 403)
                for bad in ["", "tds_nonsense", stranger.token + "x"] {
                    #expect(try Self.gold(ShopClient(port: ingress.port, key: bad)).status == 401)
                }
            }
        }
    }

    /// What can be seen to be wrong without the desk is told with its place.
    @Test(arguments: [
        ("POST", "/v1/desk/tickets", "", ""), ("POST", "/v1/desk/tickets", "{}", "/ticketType"),
        ("POST", "/v1/desk/tickets", #"{"ticketType":1}"#, "/ticketType"),
        ("POST", "/v1/desk/tickets", #"{"ticketType":"GOLD","clientId":"tnt_1"}"#, "/clientId"),
        (
            "PUT", "/v1/desk/settings",
            #"{"classes":[{"name":"A","minutes":1}],"minutesPerTicket":1,"agents":1,"placement":"earliest"}"#,
            "/classes/0/minutes"
        ),
        (
            "PUT", "/v1/desk/settings",
            #"{"classes":[{"name":"A","minutes":9}],"minutesPerTicket":1,"agents":1,"placement":"latest"}"#,
            "/placement"
        ),
    ])
    func aFormThatIsWrongIsPublishedNowhere(_ method: String, _ path: String, _ body: String, _ pointer: String)
        async throws
    {
        try await DeskScene.with { scene in
            let tenant = try scene.addTenant(1)
            let ingress = try scene.shop.startIngress()
            try DeskDouble.with(scene) { double in
                let client = ShopClient(port: ingress.port, key: tenant.token)
                let answer = try client.send(method, path, body)
                #expect(answer.status == 400 && answer["errors/0/pointer"] == pointer, "\(answer.text)")
                #expect(double.seen == 0)
            }
        }
    }

    @Test func withoutAWorkerEverNothingIsAccepted() async throws {
        try await DeskScene.with { scene in
            let tenant = try scene.addTenant(1)
            try scene.shop.seats.withConnection { _ = try $0.execute("DELETE FROM line WHERE name = 'desk'") }
            let ingress = try scene.shop.startIngress()
            let client = ShopClient(port: ingress.port, key: tenant.token)
            let refused = try Self.gold(client)
            #expect(refused.status == 503 && refused.code == "unavailable" && refused[header: "Retry-After"] != nil)
            // Its first worker makes the partitions, and is found by itself.
            try scene.shop.seats.withConnection {
                _ = try $0.execute("INSERT INTO line (name, partitions, spares) VALUES ('desk', 4, 0)")
            }
            try DeskDouble.with(scene) { _ in
                try scene.shop.seats.waitUntil("tickets are taken") { try Self.gold(client).status == 201 }
            }
        }
    }
}
