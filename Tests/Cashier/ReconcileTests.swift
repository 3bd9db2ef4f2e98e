internal import Payments
internal import Pipeline
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing

@testable internal import Cashier

/// The tables against what providers say.
@Suite struct ReconcileTests {
    private static func stored(_ number: Int) -> StoredPayment {
        StoredPayment(
            event: EventId(high: 1, low: 1), provider: "told", reference: "r\(number)", captured: nil, refunded: 0,
            hasPendingRefund: false)
    }

    private static func open(_ reference: String) -> ProviderPayment {
        ProviderPayment(reference: reference, state: .open(clientSecret: nil, payUrl: nil))
    }

    @Test func allAreAskedForOnceAndSomeAtATime() async throws {
        try await onThread {
            let all = Latch()
            let state = Lock((now: 0, most: 0, asked: [String]()))
            let provider = ToldProvider { reference throws(ProviderError) in
                let now = state.withLock { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                    state.asked.append(reference)
                    return state.now
                }
                // The first ones wait for one another.
                if now == ProviderRound.atOnce { all.open() }
                _ = all.wait(for: .seconds(60))
                state.withLock { $0.now -= 1 }
                return Self.open(reference)
            }
            let round = ProviderRound(providers: Providers([provider]))
            let rows = (0..<100).map { Self.stored($0) }
            let answers = try round.ask(rows[10..<90])
            #expect(Set(answers.map(\.stored.reference)) == Set((10..<90).map { "r\($0)" }))
            #expect(answers.count == 80 && state.withLock { $0.asked.count } == 80)
            #expect(state.withLock { $0.most } == ProviderRound.atOnce)
            #expect(try round.ask(rows[5..<5]).isEmpty)
        }
    }

    /// With a payment whose provider says what is wanted.
    private func findings(
        _ tell: @escaping @Sendable (String) throws(ProviderError) -> ProviderPayment,
        _ prepare: @escaping @Sendable (LedgerScene) throws -> Void
    ) async throws -> [String] {
        try await TestDatabase.with { database in
            let scene = try LedgerScene(database)
            defer { scene.session.close() }
            try prepare(scene)
            try scene.name("r1", at: "told")
            let report = try Reconciliation.run(database.settings, providers: Providers([ToldProvider(tell)]))
            return report.findings.first.map(\.text)
        }
    }

    private static func told(_ amount: Int64, refunded: Int64? = nil) throws -> ProviderPayment {
        let euro = try #require(Currency("EUR"))
        return ProviderPayment(
            reference: "r1", state: .succeeded(Money(amount, euro)), refunded: refunded.map { Money($0, euro) })
    }

    private static let sold: @Sendable (LedgerScene) throws -> Void = { scene in
        try scene.checkOut(captured: 2_000)
        try scene.book()
    }

    @Test func whatIsTheSameIsFine() async throws {
        let told = try Self.told(2_000, refunded: 0)
        #expect(try await findings({ _ in told }, Self.sold) == [])
        #expect(try await findings({ _ in Self.open("r1") }, { try $0.checkOut() }) == [])
    }

    @Test func whatDiffersIsSaid() async throws {
        let told = try Self.told(2_000, refunded: 0)
        #expect(
            try await findings({ _ in told }, { try $0.checkOut() })
                == ["told r1: the provider took 2000 EUR, and here it is not paid"])
        let other = try Self.told(1_999, refunded: 0)
        #expect(
            try await findings({ _ in other }, Self.sold)
                == ["told r1: the provider took 1999 EUR, and here it is 2000 EUR"])
        #expect(
            try await findings({ _ in Self.open("r1") }, Self.sold)
                == ["told r1: the provider took nothing, and here 2000 EUR were paid"])
        let returned = try Self.told(2_000, refunded: 500)
        #expect(
            try await findings({ _ in returned }, Self.sold)
                == ["told r1: the provider gave 500 EUR back, and here it is 0"])
        #expect(
            try await findings(
                { _ in returned },
                { scene in
                    try Self.sold(scene)
                    try scene.refund(1, 500, status: 2)
                }) == [])
        // What is on its way here may be there already.
        #expect(
            try await findings(
                { _ in returned },
                { scene in
                    try Self.sold(scene)
                    try scene.refund(1, 500)
                }) == [])
    }

    @Test func whoSaysNothingIsAskedOnceMoreAndThenItIsSaid() async throws {
        #expect(
            try await findings({ _ throws(ProviderError) in throw ProviderError(.unknown, "no such one") }, Self.sold)
                == ["told said nothing of 1 payments: no such one"])
        #expect(
            try await findings({ _ throws(ProviderError) in throw ProviderError(.later, "busy") }, Self.sold)
                == ["told said nothing of 1 payments: busy"])
    }

    @Test func aCallThatFailsAmongManyIsMadeAgain() async throws {
        let told = try Self.told(2_000, refunded: 0)
        let asked = Lock(0)
        try await TestDatabase.with { database in
            let scene = try LedgerScene(database)
            defer { scene.session.close() }
            try Self.sold(scene)
            try scene.name("r1", at: "told")
            try scene.nameAnother("r2", at: "told")
            let provider = ToldProvider { reference throws(ProviderError) in
                guard reference == "r1" else { return Self.open(reference) }
                let count = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                if count == 1 { throw ProviderError(.later, "busy") }
                return told
            }
            let report = try Reconciliation.run(database.settings, providers: Providers([provider]))
            #expect(report.findings.first == [] && report.asked == 2 && asked.withLock { $0 } == 2)
        }
    }

    @Test func theCommandSaysWhatItFound() async throws {
        try await ShopScene.with { shop in
            let scene = try MoneyScene(shop)
            let event = try scene.manage.createEvent()
            let open = try scene.openPayment(event.show, buyer: "ann")
            try scene.pay(open.payUrl)
            _ = try scene.wait(for: "succeeded", of: open.payment)
            let folder = try TemporaryFolder("reconcile")
            let environment = scene.providerEnvironment.merging(["TURNSTILE_HOME": folder.file("home")]) { $1 }
            func run(_ more: [String: String] = [:]) throws -> Tool.Outcome {
                try Tool.run(
                    try Tool.built("turnstile"), ["reconcile", "--database", shop.seats.databaseURL],
                    environment: environment.merging(more) { $1 })
            }
            let clean = try run()
            #expect(clean.code == 0 && clean.output.hasSuffix("reconcile: all is well\n"), "\(clean)")
            #expect(clean.output.contains("compared 1 payments with the books, and 1 with their providers"))
            #expect(!clean.output.contains("open:"))

            try shop.seats.withConnection { connection in
                _ = try connection.execute("UPDATE payment SET captured = 1999")
                _ = try connection.execute(
                    """
                    INSERT INTO stray_message (provider, message, news, reference, amount, currency)
                    VALUES ('sandbox', 'msg_x', 'payment-succeeded', 'sp_x', 700, 'EUR')
                    """)
            }
            let differs = try run()
            #expect(differs.code == 1, "\(differs)")
            #expect(differs.output.contains("the provider took 2000 EUR, and here it is 1999 EUR\n"), "\(differs)")
            #expect(differs.output.contains("1999 was taken, and the books say 2000"), "\(differs)")
            #expect(
                differs.output.contains("1 messages of providers about nothing that is known, 700 EUR in minor units"))
            #expect(differs.error.contains("things are not as they must be"))

            try shop.seats.withConnection { _ = try $0.execute("UPDATE payment SET captured = 2000") }
            let alone = try run(["TURNSTILE_SANDBOX_URL": "http://127.0.0.1:1"])
            #expect(alone.code == 1 && alone.output.contains("sandbox said nothing of 1 payments"), "\(alone)")
        }
    }
}

/// A provider that can be asked, and nothing else.
private struct ToldProvider: PaymentProvider {
    let name = "told"
    private let tell: @Sendable (String) throws(ProviderError) -> ProviderPayment

    init(_ tell: @escaping @Sendable (String) throws(ProviderError) -> ProviderPayment) { self.tell = tell }

    func fetch(_ reference: String) throws(ProviderError) -> ProviderPayment { try tell(reference) }

    private static let silent = ProviderError(.never, "it is only asked")
    func create(_ order: PaymentOrder) throws(ProviderError) -> ProviderPayment { throw Self.silent }
    func cancel(_ reference: String, key: String) throws(ProviderError) -> ProviderPayment { throw Self.silent }
    func refund(_ order: RefundOrder) throws(ProviderError) -> ProviderRefund { throw Self.silent }
    func read(_ webhook: Webhook) throws(WebhookRefusal) -> ProviderMessage {
        throw WebhookRefusal(.malformed, "it tells nothing")
    }
}
