import Payments
import TestSupport
import Testing
import Ticketing
import Wire

/// What an ingress refuses by itself, and how it says what would be taken. No worker is there: nothing is published.
@Suite struct RefusedFormTests {
    private static let event = EventId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A)
    private static let show = ShowId(event, 1).text
    private static let checkout =
        "/v1/reservations/"
        + ScopedId(event, ReservationId(command: CommandId(high: 1, low: 2), index: 0)).text + "/checkout"

    private static let sandbox = [
        "TURNSTILE_SANDBOX_URL": "http://127.0.0.1:1", "TURNSTILE_SANDBOX_KEY": "sandbox-key",
        "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": "secret",
    ]

    private static func expect(
        _ answer: ShopClient.Answer, _ pointer: String, _ message: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == 400 && answer.code == "invalid-request", "\(answer.text)", sourceLocation: location)
        #expect(answer["errors/0/pointer"] == pointer, "\(answer.text)", sourceLocation: location)
        #expect(answer["errors/0/message"]?.hasPrefix(message) == true, "\(answer.text)", sourceLocation: location)
    }

    @Test func theNamesOfProvidersAreThoseThatThereCanBe() {
        #expect(Set(Checkout.providers) == Set(Providers.Name.allCases.map(\.rawValue)))
    }

    @Test func aCheckoutNamesAProviderThatIsSetUp() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress(Self.sandbox)
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            Self.expect(
                try client.post(Self.checkout, #"{"provider":"bitcoin"}"#), "/provider",
                "must be one of sandbox, stripe, paypal")
            let other = try client.post(Self.checkout, #"{"provider":"stripe"}"#)
            Self.expect(
                other, "/provider",
                "is not set up at this installation: sandbox is, by the setting payments.providers")
            #expect(other["detail"]?.contains("payments.providers") == true)
            let taken = try client.post(
                Self.checkout, #"{"provider":"sandbox"}"#, headers: ["Prefer: respond-async"])
            #expect(taken.status == 202, "\(taken.text)")
            // A line of many is held to the same.
            let line = #"{"route":"POST \#(Self.checkout)","body":{"provider":"paypal"}}"#
            let lines = try client.send("POST", "/v1/commands", line, type: "application/x-ndjson")
            #expect(lines["status"] == "400" && lines["body/errors/0/pointer"] == "/provider", "\(lines.text)")
            // A provider whose messages are not expected is told so, and whose are.
            for name in ["stripe", "nobody"] {
                let answer = try ShopClient(port: ingress.port, key: "").post("/v1/webhooks/\(name)", "{}")
                #expect(answer.status == 404 && answer.code == "not-found")
                #expect(
                    answer["detail"]
                        == "“\(name)” is no payment provider that is set up here: sandbox is, by the setting "
                        + "payments.providers.")
            }
        }
    }

    /// What costs nothing can be booked without one: that only the partition knows.
    @Test func whereNoProviderIsSetUpThePartitionHasTheWord() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let taken = try client.post(
                Self.checkout, #"{"provider":"stripe"}"#, headers: ["Prefer: respond-async"])
            #expect(taken.status == 202, "\(taken.text)")
            let told = try ShopClient(port: ingress.port, key: "").post("/v1/webhooks/stripe", "{}")
            #expect(told.status == 404 && told["detail"]?.contains("payments.providers") == true, "\(told.text)")
        }
    }

    @Test func whatContradictsItselfIsPointedAtAndUsesNoKeyUp() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let manager = ShopClient(port: ingress.port, key: scene.keys.manage)
            let path = "/v1/shows/\(Self.show)/reservations"
            Self.expect(
                try client.post(path, #"{"buyer":"b","seats":["F/A/1","F/A/1"]}"#, idempotencyKey: "k"), "/seats/1",
                "is the same as /seats/0")
            let corrected = try client.post(
                path, #"{"buyer":"b","seats":["F/A/1"]}"#, idempotencyKey: "k", headers: ["Prefer: respond-async"])
            #expect(corrected.status == 202, "\(corrected.text)")
            Self.expect(
                try client.post(path, #"{"buyer":"b","seats":["F/A/1"],"quantity":1}"#), "/quantity",
                "cannot stand together with seats")
            Self.expect(try client.post(path, #"{"buyer":"b"}"#), "", "must have seats, or tier and quantity")
            let event = ShopClient.eventBody()
            Self.expect(
                try manager.post("/v1/events", event.replacing(#""Standing""#, with: #""Floor""#)),
                "/shows/0/sections/1/name", "is the same as /shows/0/sections/0/name")
            Self.expect(
                try manager.post("/v1/events", event.replacing("EUR", with: "EUX")), "/currency",
                "must be a code of ISO 4217")
            let path2 = "/v1/events/\(Self.event.text)"
            Self.expect(try manager.send("PUT", path2, "{}"), "", "has nothing to change")
            Self.expect(try manager.send("PUT", path2, #"{"currency":"USD"}"#), "/currency", "cannot be changed")
            Self.expect(
                try manager.send("PUT", path2, #"{"description":"New"}"#), "/name",
                "is missing: what describes the event is replaced as a whole")
            Self.expect(
                try client.post(Self.checkout, #"{"provider":"sandbox","email":"kim"}"#), "/email",
                "must be an e-mail address")
        }
    }

    @Test func aBodyIsPlainUTF8() async throws {
        try await ShopScene.with(worker: false) { scene in
            try scene.seats.withWorker { _ in }
            let ingress = try scene.startIngress()
            let client = ShopClient(port: ingress.port, key: scene.keys.produce)
            let path = "/v1/shows/\(Self.show)/reservations"
            func send(_ type: String, _ headers: [String] = []) throws -> ShopClient.Answer {
                try client.send(
                    "POST", path, #"{"buyer":"b","tier":"A","quantity":1}"#,
                    headers: ["Prefer: respond-async"] + headers, type: type)
            }
            for type in [
                "application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"",
                "application/json; profile=x; charset=utf8",
            ] {
                #expect(try send(type).status == 202, "\(type)")
            }
            #expect(try send("application/json", ["Content-Encoding: identity"]).status == 202)
            for (type, name) in [
                ("application/json; charset=latin1", "latin1"),
                ("application/json;charset=\"ISO-8859-1\"", "ISO-8859-1"),
                ("application/json; a=b; Charset = us-ascii", "us-ascii"), ("application/json; charset=", "charset="),
            ] {
                let answer = try send(type)
                #expect(answer.status == 415 && answer.code == "unsupported-media-type", "\(type): \(answer.text)")
                #expect(answer["detail"]?.contains(name) == true, "\(answer.text)")
            }
            for coding in ["gzip", "br", "identity, gzip"] {
                let answer = try send("application/json", ["Content-Encoding: \(coding)"])
                #expect(answer.status == 415 && answer["detail"]?.contains(coding) == true, "\(answer.text)")
                #expect(answer[header: "Accept-Encoding"] == "identity")
            }
        }
    }

    @Test func whatTheServerRefusesItselfIsASentence() async throws {
        try await ShopScene.with(worker: false) { scene in
            let ingress = try scene.startIngress()
            let answer = try RawHTTPClient(port: UInt16(ingress.port)).exchange("GET", "/v1/nothing")
            #expect(ShopClient.Answer(answer)["detail"] == "There is nothing at this path.")
        }
    }
}
