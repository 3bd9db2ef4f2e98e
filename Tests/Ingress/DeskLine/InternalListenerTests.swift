import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// The listener that no gateway leads to.
@Suite struct InternalListenerTests {
    @Test func aTicketInTwoSteps() async throws {
        try await DeskFaceScene.with { scene in
            let (tenant, stranger) = (scene.tenants[0], scene.tenants[1])
            let ingress = try scene.shop.startIngress()
            let inside = ShopClient(port: ingress.internalPort, key: "")
            func validate(_ client: Ticketing.TenantId, _ kind: String = "GOLD") throws -> ShopClient.Answer {
                try inside.post(
                    "/internal/validate_eta", #"{"clientId":"\#(client.text)","ticketType":"\#(kind)"}"#)
            }
            func allocate(_ slot: String, _ client: Ticketing.TenantId, _ kind: String = "GOLD") throws
                -> ShopClient.Answer
            {
                try inside.post(
                    "/internal/allocate_slot",
                    #"{"clientId":"\#(client.text)","ticketType":"\#(kind)","slotId":"\#(slot)"}"#)
            }
            let held = try validate(tenant.id)
            #expect(held.status == 200 && held["startsAt"] != nil && held["heldUntil"] != nil, "\(held.text)")
            let slot = try #require(held["slotId"])
            let ticket = try allocate(slot, tenant.id)
            #expect(ticket.status == 201 && ticket["slot/slotId"] == slot, "\(ticket.text)")
            #expect(try allocate(slot, tenant.id)["ticketId"] == ticket["ticketId"])
            #expect(try validate(tenant.id, "IRON").code == "no-such-class")
            let nobody = try validate(TenantId(high: 1, low: 2))
            #expect(nobody.status == 404 && nobody.code == "no-such-account", "\(nobody.text)")
            let other = try #require(try validate(tenant.id, "SILVER")["slotId"])
            #expect(try allocate(other, tenant.id).status == 422)
            // A slot that was given back.
            let cancelled = ShopClient(port: ingress.port, key: tenant.token)
            #expect(try cancelled.delete("/v1/desk/tickets/\(try #require(ticket["ticketId"]))").status == 200)
            let lapsed = try allocate(slot, tenant.id)
            #expect(lapsed.status == 409 && lapsed.code == "slot-lapsed", "\(lapsed.text)")
            // Whoever asked for it can be told of it.
            let id = try #require(ticket[header: "Request-Id"])
            #expect(try cancelled.get("/v1/requests/\(id)")["outcome/status"] == "201")
            #expect(try allocate(slot, stranger.id).status == 400)
            for body in ["", "{}", #"{"clientId":"x","ticketType":"GOLD"}"#, #"{"ticketType":"GOLD"}"#] {
                #expect(try inside.post("/internal/validate_eta", body).status == 400)
            }
        }
    }

    @Test func neitherListenerHasWhatTheOtherHas() async throws {
        try await DeskFaceScene.with(tenants: 1, worker: false) { scene in
            let tenant = scene.tenants[0]
            let ingress = try scene.shop.startIngress()
            let body = #"{"clientId":"\#(tenant.id.text)","ticketType":"GOLD"}"#
            func status(_ port: Int, _ path: String, _ key: String) throws -> Int {
                try RawHTTPClient(port: UInt16(port), timeout: 30).exchange(
                    "POST", path, headers: ["Content-Type: application/json", "Authorization: Bearer \(key)"],
                    body: body
                ).status
            }
            for key in ["x", tenant.token, scene.shop.keys.manage] {
                for path in ["/internal/validate_eta", "/internal/allocate_slot"] {
                    #expect(try status(ingress.port, path, key) == 404)
                }
                for path in ["/v1/desk/tickets", "/v1/events", "/metrics", "/v1/accounts"] {
                    #expect(try status(ingress.internalPort, path, key) == 404, "\(path)")
                }
            }
            func get(_ port: Int, _ path: String) throws -> RawHTTPResponse {
                try RawHTTPClient(port: UInt16(port), timeout: 30).exchange("GET", path)
            }
            #expect(try get(ingress.internalPort, "/internal/validate_eta").status == 405)
            let description = try JSONValue(parsing: try get(ingress.internalPort, "/openapi.json").body)
            #expect(
                description["paths"]?.members.map(\.name) == ["/internal/validate_eta", "/internal/allocate_slot"])
            #expect(!(try get(ingress.port, "/openapi.json").text.contains("/internal/")))
        }
    }
}
