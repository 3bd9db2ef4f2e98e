import Payments
import Pipeline
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// An ingress that believes a sandbox which is not there: a test says what the sandbox would.
struct WebhookScene {
    let shop: ShopScene
    let ingress: ShopScene.Process
    /// As a provider sends: without a key.
    let provider: ShopClient
    let produce: ShopClient
    let manage: ShopClient

    static let secret = "first-secret"
    static let secondSecret = "second-secret"

    init(_ shop: ShopScene, _ environment: [String: String] = [:]) throws {
        self.shop = shop
        var all = [
            "TURNSTILE_SANDBOX_URL": "http://127.0.0.1:1", "TURNSTILE_SANDBOX_KEY": "sandbox-key",
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": "\(Self.secret),\(Self.secondSecret)",
        ]
        all.merge(environment) { $1 }
        ingress = try shop.startIngress(all)
        provider = ShopClient(port: ingress.port, key: "")
        produce = ShopClient(port: ingress.port, key: shop.keys.produce)
        manage = ShopClient(port: ingress.port, key: shop.keys.manage)
    }

    static func with(_ body: @escaping @Sendable (WebhookScene) throws -> Void) async throws {
        try await ShopScene.with { shop in try body(try WebhookScene(shop)) }
    }

    // MARK: what is paid

    struct Open {
        let show: String
        let subject: PaymentSubject

        var json: String {
            let payment = ScopedId(subject.event, subject.payment).text
            let reservation = ScopedId(subject.event, subject.reservation).text
            return """
                {"tenant":"\(subject.tenant.text)","event":"\(subject.event.text)","payment":"\(payment)",\
                "reservation":"\(reservation)"}
                """
        }
    }

    /// A place for 2000 EUR cents in the midst of its checkout. Nobody asks the provider for it.
    func open(buyer: String = "ann") throws -> Open {
        let event = try manage.createEvent()
        let reservation = try #require(try produce.reserve(event.show, buyer: buyer)["reservationId"])
        let answer = try produce.post("/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"}"#)
        let payment = try #require(answer["paymentId"], "\(answer.text)")
        let key = String(shop.keys.produce.prefix { $0 != "." })
        let tenant: String = try shop.seats.withConnection { connection in
            try connection.query("SELECT tenant FROM api_key WHERE id = $1", key).one().get(0)
        }
        return Open(
            show: event.show,
            subject: PaymentSubject(
                tenant: try #require(TenantId(text: tenant)), event: try #require(EventId(text: event.id)),
                payment: try #require(ScopedId<Kinds.Payment>(text: payment)).id,
                reservation: try #require(ScopedId<Kinds.Reservation>(text: reservation)).id))
    }

    // MARK: what the sandbox says

    /// That 2000 were paid.
    static func paid(_ id: String, _ subject: String?, reference: String = "sp_1") -> String {
        let about = subject.map { "\"subject\":\($0)," } ?? ""
        return """
            {"id":"\(id)","type":"payment.succeeded","payment":{"reference":"\(reference)","status":"succeeded",\
            \(about)"amount":2000,"currency":"EUR","captured":2000,"refunded":0}}
            """
    }

    static func signature(of body: String, age: Duration = .zero, secret: String = secret) throws -> String {
        let signer = try #require(try SandboxSignature([Secret(secret)]))
        let time = Timestamp(microseconds: SystemTime().wall.microseconds - age.microseconds)
        return signer.value(for: Array(body.utf8), at: time)
    }

    /// - Parameters:
    ///   - signature: of the body, by the sandbox, at this moment, unless there is another; empty: none.
    ///   - origin: as the gateway tells it.
    func tell(
        _ body: String, signature: String? = nil, from origin: String = "192.0.2.1", at path: String = "sandbox"
    ) throws -> ShopClient.Answer {
        let signature = try signature ?? Self.signature(of: body)
        var headers = ["X-Forwarded-For: \(origin)"]
        if !signature.isEmpty { headers.append("Sandbox-Signature: \(signature)") }
        return try provider.send("POST", "/v1/webhooks/\(path)", body, headers: headers)
    }

    // MARK: what came of it

    /// What `/metrics` counts of the sandbox's messages.
    func counted(_ outcome: String) throws -> Int {
        let text = try RawHTTPClient(port: UInt16(ingress.port)).exchange("GET", "/metrics").text
        let name = "turnstile_webhooks_total{provider=\"sandbox\",outcome=\"\(outcome)\"} "
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
    }

    /// Everything that was said of an event before is decided once this is.
    func settle(_ open: Open) throws {
        let answer = try produce.reserve(open.show, buyer: "settler-\(UInt64.random(in: 0 ... .max))")
        #expect(answer.status == 201, "\(answer.text)")
    }

    func journaled(_ open: Open) throws -> Int {
        try shop.seats.withConnection { connection in
            try connection.query("SELECT count(*) FROM journal WHERE event = $1", open.subject.event.uuid).one()
                .get(0, as: Int.self)
        }
    }

    /// What was taken of all payments.
    func captured() throws -> Int {
        try shop.seats.count("SELECT coalesce(sum(captured), 0)::bigint FROM payment")
    }
}
