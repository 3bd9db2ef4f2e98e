import Desk
import Glibc
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// What is read of desks: each out of its tenant's own database.
@Suite struct DeskReadTests {
    /// Creates tickets of these classes, and says their ids.
    @discardableResult
    private static func create(_ kinds: String..., by client: ShopClient) throws -> [String] {
        try kinds.map { kind in
            let answer = try client.post("/v1/desk/tickets", #"{"ticketType":"\#(kind)"}"#)
            return try #require(answer["ticketId"], "\(answer.text)")
        }
    }

    private static func ids(_ answer: ShopClient.Answer) -> [String] {
        (0..<max(0, answer.count("items"))).compactMap { answer["items/\($0)/ticketId"] }
    }

    @Test func ticketsAreReadAsTheyWereDecided() async throws {
        try await DeskFaceScene.with { scene in
            let (ingress, query) = (try scene.shop.startIngress(), try scene.startQuery())
            let writer = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let reader = ShopClient(port: query.port, key: scene.tenants[0].token)
            let created = try writer.post("/v1/desk/tickets", #"{"ticketType":"GOLD"}"#)
            let id = try #require(created["ticketId"])
            // The query server hears of the account by itself.
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/tickets/\(id)").status == 200 }
            let ticket = try reader.get("/v1/desk/tickets/\(id)")
            #expect(ticket["ticketId"] == id && ticket["ticketType"] == "GOLD" && ticket["status"] == "open")
            #expect(ticket["slot/slotId"] == created["slot/slotId"])
            #expect(ticket["slot/startsAt"] == created["slot/startsAt"])
            #expect(ticket["resolveBy"] == created["resolveBy"] && ticket["createdAt"] != nil)
            let tag = try #require(ticket[header: "ETag"])
            #expect(try reader.get("/v1/desk/tickets/\(id)", headers: ["If-None-Match: \(tag)"]).status == 304)
            #expect(try writer.post("/v1/desk/tickets/\(id)/resolve", "").status == 200)
            let resolved = try reader.get("/v1/desk/tickets/\(id)", headers: ["If-None-Match: \(tag)"])
            #expect(resolved.status == 200 && resolved["status"] == "resolved" && resolved["endsAt"] != nil)
            // Another tenant's, none, and what can be none.
            let stranger = ShopClient(port: query.port, key: scene.tenants[1].token)
            for path in [id, "dsk_1", id.replacing("dsk_", with: "slt_"), "x"] {
                #expect(try stranger.get("/v1/desk/tickets/\(path)").status == 404)
            }
            #expect(try ShopClient(port: query.port, key: "").get("/v1/desk/tickets").status == 401)
            #expect(try ShopClient(port: query.port, key: scene.shop.keys.read).get("/v1/desk/tickets").status == 403)
        }
    }

    /// Slots may move until their minute begins: who reads is told where they are by now.
    @Test func aSlotThatMovedIsReadWhereItIs() async throws {
        try await DeskFaceScene.with(tenants: 1) { scene in
            let (ingress, query) = (try scene.shop.startIngress(), try scene.startQuery())
            let writer = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let reader = ShopClient(port: query.port, key: scene.tenants[0].token)
            let settings = """
                {"classes":[{"name":"GOLD","minutes":120},{"name":"BRONZE","minutes":480}],"minutesPerTicket":5,\
                "agents":1,"placement":"deadline"}
                """
            #expect(try writer.send("PUT", "/v1/desk/settings", settings).status == 200)
            let patient = try Self.create("BRONZE", by: writer)[0]
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/tickets").status == 200 }
            let urgent = try Self.create("GOLD", "GOLD", "GOLD", by: writer)
            // Unless its minute has begun meanwhile, the patient one comes after those that came later.
            let list = try reader.get("/v1/desk/tickets")
            let starts = try (0..<4).map { number in
                let text = try #require(list["items/\(number)/slot/startsAt"])
                return try #require(Array(text.utf8).withUnsafeBytes { Timestamp(rfc3339: $0) })
            }
            #expect(Self.ids(list) == urgent.reversed() + [patient])
            let hasBegun = list["items/3/status"] != "open"
            // Those of one minute's limit are told the last of their starts.
            #expect(hasBegun || starts[3] > starts.prefix(3).max() ?? starts[3], "\(list.text)")
            #expect(try reader.get("/v1/desk/tickets/\(patient)")["slot/startsAt"] == list["items/3/slot/startsAt"])
        }
    }

    /// A slot that is kept, or was, is no ticket.
    @Test func aKeptSlotIsNoTicket() async throws {
        try await DeskFaceScene.with(tenants: 1) { scene in
            let (ingress, query) = (try scene.shop.startIngress(), try scene.startQuery())
            let tenant = scene.tenants[0]
            let inside = ShopClient(port: ingress.internalPort, key: "")
            let reader = ShopClient(port: query.port, key: tenant.token)
            let body = #"{"clientId":"\#(tenant.id.text)","ticketType":"GOLD""#
            let slot = try #require(try inside.post("/internal/validate_eta", body + "}")["slotId"])
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/tickets").status == 200 }
            #expect(try reader.get("/v1/desk/tickets").count("items") == 0)
            let ticket = slot.replacing("slt_", with: "dsk_")
            #expect(try reader.get("/v1/desk/tickets/\(ticket)").status == 404)
            let allocated = try inside.post("/internal/allocate_slot", body + #","slotId":"\#(slot)"}"#)
            #expect(allocated["ticketId"] == ticket)
            #expect(try reader.get("/v1/desk/tickets/\(ticket)")["status"] == "open")
            #expect(try Self.ids(reader.get("/v1/desk/tickets")) == [ticket])
        }
    }

    @Test func listsHaveTheNewestFirstAndPages() async throws {
        try await DeskFaceScene.with { scene in
            let (ingress, query) = (try scene.shop.startIngress(), try scene.startQuery())
            let writer = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let reader = ShopClient(port: query.port, key: scene.tenants[0].token)
            try Self.create("GOLD", by: ShopClient(port: ingress.port, key: scene.tenants[1].token))
            let all = try Self.create("GOLD", "SILVER", "GOLD", "BRONZE", "GOLD", by: writer)
            #expect(try writer.delete("/v1/desk/tickets/\(all[2])").status == 200)
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/tickets").status == 200 }
            func list(_ parameters: String) throws -> [String] {
                Self.ids(try reader.get("/v1/desk/tickets?\(parameters)"))
            }
            #expect(try list("limit=100") == all.reversed())
            #expect(try list("ticketType=GOLD") == [all[4], all[2], all[0]])
            #expect(try list("status=cancelled") == [all[2]])
            #expect(try list("status=open&ticketType=GOLD") == [all[4], all[0]])
            #expect(try list("ticketType=IRON") == [])
            var pages: [[String]] = []
            var next: String? = ""
            while let after = next, pages.count < 9 {
                let page = try reader.get("/v1/desk/tickets?limit=2" + (after.isEmpty ? "" : "&after=\(after)"))
                pages.append(Self.ids(page))
                next = page["next"]
            }
            #expect(pages.map(\.count) == [2, 2, 1] && pages.flatMap(\.self) == all.reversed())
            for wrong in [
                "limit=0", "limit=101", "after=x", "status=held", "status=", "ticketType=", "limit=1&limit=2", "q=x",
            ] {
                let answer = try reader.get("/v1/desk/tickets?\(wrong)")
                #expect(answer.status == 400 && answer.code == "invalid-request", "\(wrong)")
            }
        }
    }

    /// Tickets of one instant have an order, too.
    @Test func noTicketIsLeftOutBetweenPages() async throws {
        try await DeskFaceScene.with(tenants: 1) { scene in
            let query = try scene.startQuery()
            let reader = ShopClient(port: query.port, key: scene.tenants[0].token)
            try scene.desk.withDesk(of: scene.tenants[0].id) {
                _ = try $0.execute(
                    """
                    INSERT INTO ticket (id, id_index, class, status, created_at, resolve_by, starts_at)
                    SELECT gen_random_uuid(), n % 3, 'GOLD', 3,
                        timestamptz '2026-01-01 00:00Z' + n / 10 * interval '1 s',
                        '2026-01-02 00:00Z', '2026-01-01 01:00Z'
                    FROM generate_series(0, 99) AS n
                    """)
            }
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/tickets").status == 200 }
            var seen: [String] = []
            var next: String? = ""
            while let after = next, seen.count < 200 {
                let page = try reader.get("/v1/desk/tickets?limit=7" + (after.isEmpty ? "" : "&after=\(after)"))
                seen += Self.ids(page)
                next = page["next"]
            }
            #expect(seen.count == 100 && Set(seen).count == 100)
        }
    }

    @Test func settingsAreReadAsTheyWereWritten() async throws {
        try await DeskFaceScene.with(tenants: 1) { scene in
            let (ingress, query) = (try scene.shop.startIngress(), try scene.startQuery())
            let writer = ShopClient(port: ingress.port, key: scene.tenants[0].token)
            let reader = ShopClient(port: query.port, key: scene.tenants[0].token)
            try scene.desk.waitUntil("the account is known") { try reader.get("/v1/desk/settings").status == 200 }
            let first = try reader.get("/v1/desk/settings")
            #expect(first.count("classes") == 3 && first["classes/0/name"] == "GOLD")
            #expect(first["classes/2/minutes"] == "480" && first["placement"] == "earliest")
            let wanted = #"""
                {"classes":[{"name":"\"é\" \\","minutes":90},{"name":"A","minutes":7}],"minutesPerTicket":2,\#
                "agents":3,"placement":"deadline","softAssignSeconds":10}
                """#
            #expect(try writer.send("PUT", "/v1/desk/settings", wanted).status == 200)
            let answer = try JSONValue(parsing: try reader.get("/v1/desk/settings").response.body)
            #expect(try JSONValue(parsing: Array(wanted.utf8)) == answer)
            #expect(try reader.get("/v1/desk/settings?x=1").status == 400)
        }
    }

    /// One database is silent: who wants something of it is told so within seconds, and nobody else notices.
    @Test func aSilentDatabaseIsItsOwnTenantsAlone() async throws {
        try await DeskFaceScene.withProxy { scene, proxy, stores in
            let query = try scene.shop.startQuery(streamPort: 0, stores)
            let first = ShopClient(port: query.port, key: scene.tenants[0].token)
            let second = ShopClient(port: query.port, key: scene.tenants[1].token)
            for reader in [first, second] {
                try scene.desk.waitUntil("both are known") { try reader.get("/v1/desk/tickets").status == 200 }
            }
            proxy.freeze()
            let silent = Lock<[Int]>([])
            let (queryPort, token) = (query.port, scene.tenants[0].token)
            // Many at once: more than there are hands.
            let threads = try (0..<40).map { _ in
                try OwnedThread(name: "reader") {
                    let answer = try? ShopClient(port: queryPort, key: token).get("/v1/desk/tickets")
                    silent.withLock { $0.append(answer?.status ?? 0) }
                }
            }
            for _ in 0..<20 { #expect(try second.get("/v1/desk/tickets").status == 200) }
            for thread in threads { thread.join() }
            #expect(silent.withLock { $0 } == Array(repeating: 503, count: 40))
            for _ in 0..<20 { #expect(try second.get("/v1/desk/tickets").status == 200) }
            proxy.forward()
            try scene.desk.waitUntil("it is asked again") { try first.get("/v1/desk/tickets").status == 200 }
        }
    }
}
