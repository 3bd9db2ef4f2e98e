internal import HTTPClient
internal import Payments
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

/// The provider against the process: what one writes, the other one reads.
@Suite struct ProviderTests {
    private static let event = EventId(high: 0x1122, low: 0x3344)

    static func subject(_ number: UInt64 = 1) -> PaymentSubject {
        PaymentSubject(
            tenant: TenantId(high: 7, low: 8), event: event,
            payment: PaymentId(command: CommandId(high: 5, low: number), index: 2),
            reservation: ReservationId(command: CommandId(high: 6, low: number), index: 3))
    }

    private static func money(_ amount: Int64) throws -> Money { Money(amount, try #require(Currency("EUR"))) }

    private static func order(_ number: UInt64, _ amount: Int64) throws -> PaymentOrder {
        PaymentOrder(subject: subject(number), money: try money(amount), key: "order-\(number)")
    }

    private static func with(
        _ settings: [String: String] = [:], _ body: @escaping @Sendable (SandboxScene, SandboxProvider) throws -> Void
    ) async throws {
        try await SandboxScene.with(settings) { scene in
            let client = try HTTPClient()
            defer { client.close() }
            try body(scene, try #require(try SandboxProvider(try scene.section(), caller: client)))
        }
    }

    private static func error(_ body: () throws -> Any) -> ProviderError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? ProviderError }
    }

    private static func read(_ told: WebhookReceiver.Told, _ provider: SandboxProvider) throws -> ProviderMessage {
        try provider.read(
            Webhook(headers: [SandboxSignature.header: told.signature], body: told.body, receivedAt: told.at))
    }

    @Test func aPaymentIsMadeOnceAndPaid() async throws {
        try await Self.with { scene, provider in
            let order = try Self.order(1, 1_999)
            let made = try provider.create(order)
            guard case .open(nil, let payUrl?) = made.state else { throw SandboxScene.Waited(what: "it is open") }
            #expect(payUrl == "\(scene.url)/pay/\(made.reference)")
            #expect(try provider.create(order) == made)
            #expect(try provider.fetch(made.reference) == made)
            #expect(try scene.pay(made.reference, #"{"outcome":"succeed"}"#).status == 200)
            let paid = try provider.fetch(made.reference)
            let (price, nothing) = (try Self.money(1_999), try Self.money(0))
            #expect(paid.state == .succeeded(price) && paid.refunded == nothing)
            #expect(try provider.create(order) == paid)
            #expect(try provider.cancel(made.reference, key: "c") == paid, "the buyer was faster")
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            let message = try Self.read(try #require(scene.receiver.told.first), provider)
            #expect(message.id == scene.receiver.told.first?.id)
            #expect(message.about.subject == Self.subject(1) && message.about.reference == made.reference)
            #expect(message.news == .payment(.succeeded(price)))
        }
    }

    @Test func aDeclinedAndACancelledOneAreToldAsWhatTheyAre() async throws {
        try await Self.with { scene, provider in
            let declined = try provider.create(try Self.order(1, 500))
            _ = try scene.pay(declined.reference, #"{"outcome":"decline","reason":"no-funds"}"#)
            #expect(try provider.fetch(declined.reference).state == .failed(reason: "no-funds"))
            let cancelled = try provider.create(try Self.order(2, 500))
            #expect(try provider.cancel(cancelled.reference, key: "c").state == .cancelled)
            #expect(try provider.fetch(cancelled.reference).state == .cancelled)
            try scene.waitUntil("both are told") { scene.receiver.told.count == 2 }
            let news = try scene.receiver.told.map { try Self.read($0, provider) }.sorted { $0.id < $1.id }
            #expect(news.contains { $0.news == .payment(.failed(reason: "no-funds")) })
            #expect(news.contains { $0.news == .payment(.cancelled) && $0.about.subject == Self.subject(2) })
        }
    }

    @Test func refundsAreMadeOnceAndTold() async throws {
        try await Self.with { scene, provider in
            let made = try provider.create(try Self.order(1, 1_000))
            let id = RefundId(Self.subject(1).payment, number: 0)
            let part = try Self.money(400)
            let refund = RefundOrder(
                refund: id, subject: Self.subject(1), reference: made.reference, money: part, key: "r")
            #expect(Self.error { try provider.refund(refund) }?.code == .never, "nothing was paid")
            _ = try scene.pay(made.reference, #"{"outcome":"succeed"}"#)
            let first = try provider.refund(refund)
            #expect(first.state == .succeeded)
            #expect(try provider.refund(refund) == first)
            #expect(try provider.fetch(made.reference).refunded == part)
            let tooMuch = RefundOrder(
                refund: id, subject: Self.subject(1), reference: made.reference, money: try Self.money(601), key: "s")
            let refused = Self.error { try provider.refund(tooMuch) }
            #expect(refused?.code == .never && refused?.reason.contains("more-than-captured") == true)
            // One of the provider's own page's is nobody's here.
            let body = #"{"amount":100,"currency":"EUR","key":"page"}"#
            #expect(try scene.ask("POST", "/payments/\(made.reference)/refunds", body).status == 201)
            try scene.waitUntil("all are told") { scene.receiver.told.count == 3 }
            let news = try scene.receiver.told.map { try Self.read($0, provider).news }
            #expect(news.contains(.refund(id, reference: first.reference, part, .succeeded)))
            #expect(
                news.contains { news in
                    if case .refund(nil, _, let money, .succeeded) = news { money.amount == 100 } else { false }
                })
        }
    }

    @Test func whatTakesItsTimeIsOpenAndPending() async throws {
        try await Self.with(["REFUND_TIME": "1h", "FAILING_REFUNDS": "0"]) { scene, provider in
            let made = try provider.create(try Self.order(1, 1_000))
            _ = try scene.pay(made.reference, #"{"outcome":"succeed","afterSeconds":3600}"#)
            guard case .open = try provider.cancel(made.reference, key: "c").state else {
                throw SandboxScene.Waited(what: "it is open still")
            }
            let paid = try provider.create(try Self.order(2, 1_000))
            _ = try scene.pay(paid.reference, #"{"outcome":"succeed"}"#)
            let refund = RefundOrder(
                refund: RefundId(Self.subject(2).payment, number: 0), subject: Self.subject(2),
                reference: paid.reference, money: try Self.money(1_000), key: "r")
            #expect(try provider.refund(refund).state == .pending)
        }
    }

    @Test func aRefundThatFailsIsTold() async throws {
        try await Self.with(["FAILING_REFUNDS": "1"]) { scene, provider in
            let made = try provider.create(try Self.order(1, 1_000))
            _ = try scene.pay(made.reference, #"{"outcome":"succeed"}"#)
            let id = RefundId(Self.subject(1).payment, number: 0)
            let refund = RefundOrder(
                refund: id, subject: Self.subject(1), reference: made.reference, money: try Self.money(1_000), key: "r")
            let failed = try provider.refund(refund)
            #expect(failed.state == .failed(reason: "account-closed"))
            try scene.waitUntil("both are told") { scene.receiver.told.count == 2 }
            let news = try scene.receiver.told.map { try Self.read($0, provider).news }
            let result = RefundResult.failed(reason: "account-closed")
            #expect(news.contains(.refund(id, reference: failed.reference, refund.money, result)))
        }
    }

    @Test func disputesAreTold() async throws {
        try await Self.with { scene, provider in
            let made = try provider.create(try Self.order(1, 1_000))
            _ = try scene.pay(made.reference, #"{"outcome":"succeed"}"#)
            for status in ["opened", "lost"] { _ = try scene.dispute(made.reference, status) }
            try scene.waitUntil("all are told") { scene.receiver.told.count == 3 }
            let reference = scene.receiver.told.compactMap { $0.message["dispute"]?["reference"]?.text }.first ?? ""
            let news = try scene.receiver.told.map { try Self.read($0, provider).news }
            let all = try Self.money(1_000)
            for dispute in [ProviderMessage.Dispute.opened, .lost] {
                #expect(news.contains(.dispute(reference: reference, all, dispute)))
            }
            #expect(reference.hasPrefix("sbd_"))
        }
    }

    @Test func whyItWasNotDoneIsSaid() async throws {
        try await Self.with { scene, provider in
            #expect(Self.error { try provider.fetch("sbx_none") }?.code == .unknown)
            #expect(Self.error { try provider.cancel("sbx_none", key: "c") }?.code == .unknown)
            // What is no reference never becomes part of a path.
            for strange in ["", "../healthz", "a/b", "a?b", "sbx_\u{e4}", String(repeating: "a", count: 101)] {
                #expect(Self.error { try provider.fetch(strange) }?.code == .unknown)
            }
            _ = try provider.create(try Self.order(1, 1_000))
            #expect(Self.error { try provider.create(try Self.order(1, 1_001)) }?.code == .never)
            let client = try HTTPClient()
            defer { client.close() }
            let wrong = try scene.section(["TURNSTILE_SANDBOX_KEY": "wrong-key"])
            let stranger = try #require(try SandboxProvider(wrong, caller: client))
            let refused = Self.error { try stranger.create(try Self.order(2, 1_000)) }
            #expect(refused?.code == .later && refused?.reason == "the sandbox answered 401 unauthorized")
            scene.kill()
            let gone = Self.error { try provider.fetch("sbx_none") }
            #expect(gone?.code == .later && gone?.reason.contains("wrong-key") == false)
            #expect(try SandboxProvider(.defaults, caller: client) == nil, "no key, no sandbox")
        }
    }
}
