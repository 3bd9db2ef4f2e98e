import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// `POST /v1/accounts` as a whole: what is asked for, and how its end is heard of.
@Suite struct AccountRouteTests {
    private static let settings = ["TURNSTILE_ACCOUNTS_PASSWORD_COST": "lowest"]
    private static let password = "correct horse battery staple"

    private static func body(_ name: String = "Example Inc.", password: String = password) -> String {
        #"{"clientName":"\#(name)","officialEmail":"desk@example.com","password":"\#(password)"}"#
    }

    @Test func anAccountThatLogsInAndUsesItsDesk() async throws {
        try await DeskFaceScene.with(tenants: 0) { scene in
            let ingress = try scene.shop.startIngress(Self.settings)
            let client = ShopClient(port: ingress.port, key: "")
            let answer = try client.post("/v1/accounts", Self.body(), idempotencyKey: "one")
            #expect(answer.status == 201 && answer["status"] == "active", "\(answer.text)")
            let clientId = try #require(answer["clientId"])
            #expect(answer["subDomain"]?.hasPrefix("example-inc-") == true)
            // Its database is there when that is said.
            let tenant = try #require(TenantId(text: clientId))
            #expect(try scene.desk.count("SELECT count(*) FROM desk WHERE status = 1", in: tenant) == 1)
            // What is personal is in no journal.
            #expect(
                try scene.desk.count(
                    "SELECT count(*) FROM journal WHERE encode(payload, 'escape') ~ 'example.com|horse'", in: tenant)
                    == 0)
            let again = try client.post("/v1/accounts", Self.body(), idempotencyKey: "one")
            #expect(again.text == answer.text && again[header: "Idempotency-Replayed"] == "true")
            // Also where no new ones are given out.
            let closed = try scene.shop.startIngress(
                Self.settings.merging(["TURNSTILE_ACCOUNTS_SIGN_UPS": "false"]) { $1 })
            let later = ShopClient(port: closed.port, key: "")
            #expect(try later.post("/v1/accounts", Self.body(), idempotencyKey: "one").text == answer.text)
            #expect(try later.post("/v1/accounts", Self.body(), idempotencyKey: "two").status == 403)
            let other = try client.post("/v1/accounts", Self.body("Other Inc."), idempotencyKey: "one")
            #expect(other.status == 422 && other.code == "idempotency-key-reused", "\(other.text)")
            let login = try client.post(
                "/v1/accounts/login", #"{"clientId":"\#(clientId)","password":"\#(Self.password)"}"#)
            #expect(login.status == 200 && login["subDomain"] == answer["subDomain"], "\(login.text)")
            client.key = try #require(login["token"])
            let ticket = try client.post("/v1/desk/tickets", #"{"ticketType":"GOLD"}"#)
            #expect(ticket.status == 201, "\(ticket.text)")
            #expect(try client.post("/v1/accounts/logout", "").status == 204)
            #expect(try client.post("/v1/desk/tickets", #"{"ticketType":"GOLD"}"#).status == 401)
        }
    }

    /// Who asked has no key yet: the id of the request is enough.
    @Test func untilItIsThereTheRequestIsPendingAndAskedForWithoutAKey() async throws {
        try await DeskFaceScene.with(tenants: 1, worker: false) { scene in
            let (first, second) = (
                try scene.shop.startIngress(Self.settings), try scene.shop.startIngress(Self.settings)
            )
            let client = ShopClient(port: first.port, key: "")
            let pending = try client.post("/v1/accounts", Self.body(), headers: ["Prefer: wait=1"])
            #expect(pending.status == 202 && pending["status"] == "pending", "\(pending.text)")
            let id = try #require(pending["requestId"])
            let others = ["", scene.tenants[0].token, scene.shop.keys.read].map {
                ShopClient(port: second.port, key: $0)
            }
            for asked in [client] + others {
                #expect(try asked.get("/v1/requests/\(id)")["status"] == "pending")
                #expect(try asked.get("/v1/requests/\(id)/receipt").status == 404)
            }
            // But for its first bytes nobody can make one up.
            #expect(try client.get("/v1/requests/\(id)A").status == 401)
            try scene.desk.withWorker("desk-2") { _ in
                for asked in [client] + others {
                    let answer = try asked.get("/v1/requests/\(id)", headers: ["Prefer: wait=60"])
                    #expect(answer["status"] == "decided" && answer["outcome/status"] == "201", "\(answer.text)")
                    #expect(answer["outcome/body/status"] == "active")
                }
                #expect(try client.get("/v1/requests/\(id)/receipt").status == 200)
            }
        }
    }

    @Test func whatIsNoFormOfAnAccountIsRefused() async throws {
        try await DeskFaceScene.with(tenants: 0, worker: false) { scene in
            let ingress = try scene.shop.startIngress(Self.settings)
            let client = ShopClient(port: ingress.port, key: "")
            for body in ["", "{}", Self.body(password: "short"), Self.body("")] {
                #expect(try client.post("/v1/accounts", body).status == 400)
            }
            #expect(try scene.desk.count("SELECT count(*) FROM credential") == 0)
            let closed = try scene.shop.startIngress(["TURNSTILE_ACCOUNTS_SIGN_UPS": "false"])
            let refused = try ShopClient(port: closed.port, key: "").post("/v1/accounts", Self.body())
            #expect(refused.status == 403 && refused.code == "sign-ups-closed", "\(refused.text)")
        }
    }
}
