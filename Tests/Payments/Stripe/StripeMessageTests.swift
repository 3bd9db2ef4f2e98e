internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

@Suite struct StripeMessageTests {
    private func read(_ kind: String, _ object: JSONValue) throws -> ProviderMessage {
        let event: JSONValue = [
            "id": "evt_1", "object": "event", "type": .string(kind), "livemode": false, "data": ["object": object],
        ]
        return try StripeMessage.read(event.bytes)
    }

    private func object(_ members: [(String, JSONValue)], _ more: JSONMember...) -> JSONValue {
        let kept = members.filter { member in !more.contains { $0.name == member.0 } }
        return .object(kept.map { JSONMember($0.0, $0.1) } + more)
    }

    private func intent(_ more: JSONMember...) -> JSONValue {
        let members: [(String, JSONValue)] = [
            ("id", "pi_1"), ("amount", 8900), ("amount_received", 8900), ("currency", "eur"),
            ("metadata", Sample.metadata),
        ]
        let kept = members.filter { member in !more.contains { $0.name == member.0 } }
        return .object(kept.map { JSONMember($0.0, $0.1) } + more)
    }

    private var known: ProviderMessage.About { .init(subject: Sample.subject, reference: "pi_1") }
    private var unknown: ProviderMessage.About { .init(subject: nil, reference: "pi_1") }

    // MARK: Payments

    @Test func payments() throws {
        let succeeded = try read("payment_intent.succeeded", intent())
        #expect(
            succeeded == ProviderMessage(id: "evt_1", about: known, news: .payment(.succeeded(try Sample.money(8_900))))
        )
        let error: JSONValue = ["type": "card_error", "code": "card_declined", "message": "Jane's card was declined."]
        let failed = try read("payment_intent.payment_failed", intent(JSONMember("last_payment_error", error)))
        #expect(failed.about == known && failed.news == .payment(.failed(reason: "card_declined")))
        #expect(try read("payment_intent.payment_failed", intent()).news == .payment(.failed(reason: "payment_failed")))
        #expect(try read("payment_intent.canceled", intent()).news == .payment(.cancelled))
    }

    @Test func whatWasReceivedCounts() throws {
        let less = try read("payment_intent.succeeded", intent(JSONMember("amount_received", 5)))
        #expect(less.news == .payment(.succeeded(try Sample.money(5))))
        let yen = try read("payment_intent.succeeded", intent(JSONMember("currency", "jpy")))
        #expect(yen.news == .payment(.succeeded(try Sample.money(8_900, "JPY"))))
        let kronur = try read("payment_intent.succeeded", intent(JSONMember("currency", "isk")))
        #expect(kronur.news == .payment(.succeeded(try Sample.money(89, "ISK"))))
    }

    @Test func othersMetadataIsNoSubject() throws {
        let whole = Sample.metadata.members
        var wrong: [JSONValue] = [["order": "1"], [:], nil, .object(Array(whole.dropLast()))]
        for position in whole.indices {
            var members = whole
            members[position] = JSONMember(whole[position].name, "evt_x")
            wrong.append(.object(members))
        }
        // Ids of another event.
        let other = EventId(high: 9, low: 9)
        for (name, id) in [
            ("payment", ScopedId(other, Sample.payment).text),
            ("reservation", ScopedId(other, Sample.reservation).text),
        ] { wrong.append(.object(whole.map { $0.name == name ? JSONMember(name, .string(id)) : $0 })) }
        wrong.append(
            .object(whole.map { $0.name == "event" ? JSONMember("event", .string(other.text)) : $0 }))
        for metadata in wrong {
            let message = try read("payment_intent.succeeded", intent(JSONMember("metadata", metadata)))
            #expect(message.about == unknown, "\(metadata)")
        }
    }

    // MARK: Refunds

    private func refund(_ more: JSONMember...) -> JSONValue {
        let ours = JSONValue.object(Sample.metadata.members + [JSONMember("refund", .string(Sample.refundText))])
        let members: [(String, JSONValue)] = [
            ("id", "re_1"), ("amount", 900), ("currency", "eur"), ("status", "succeeded"), ("payment_intent", "pi_1"),
            ("charge", "ch_1"), ("metadata", ours),
        ]
        let kept = members.filter { member in !more.contains { $0.name == member.0 } }
        return .object(kept.map { JSONMember($0.0, $0.1) } + more)
    }

    @Test(arguments: ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])
    func refunds(kind: String) throws {
        let money = try Sample.money(900)
        let good = try read(kind, refund())
        #expect(good.about == known)
        #expect(good.news == .refund(Sample.refund, reference: "re_1", money, .succeeded))
        let failed = try read(
            kind, refund(JSONMember("status", "failed"), JSONMember("failure_reason", "expired_or_canceled_card")))
        #expect(
            failed.news
                == .refund(Sample.refund, reference: "re_1", money, .failed(reason: "expired_or_canceled_card")))
        #expect(
            try read(kind, refund(JSONMember("status", "canceled"))).news
                == .refund(Sample.refund, reference: "re_1", money, .failed(reason: "canceled")))
        let pending = try read(kind, refund(JSONMember("status", "pending")))
        #expect(pending.about == known && pending.news == .other(kind: kind))
        // One that was made on Stripe's page.
        let theirs = try read(kind, refund(JSONMember("metadata", [:])))
        #expect(theirs.about == unknown && theirs.news == .refund(nil, reference: "re_1", money, .succeeded))
    }

    @Test func aRefundedChargeIsReadWhereItNamesItsRefunds() throws {
        let charge: [JSONMember] = [
            JSONMember("id", "ch_1"), JSONMember("payment_intent", "pi_1"), JSONMember("metadata", Sample.metadata),
            JSONMember("amount_refunded", 900), JSONMember("currency", "eur"),
        ]
        let later = try read("charge.refunded", .object(charge))
        #expect(later.about == known && later.news == .other(kind: "charge.refunded"))
        let list: JSONValue = ["data": [refund(JSONMember("metadata", [:]), JSONMember("payment_intent", nil))]]
        let older = try read("charge.refunded", .object(charge + [JSONMember("refunds", list)]))
        #expect(older.about == known)
        #expect(older.news == .refund(nil, reference: "re_1", try Sample.money(900), .succeeded))
        let ours = try read("charge.refunded", .object(charge + [JSONMember("refunds", ["data": [refund()]])]))
        #expect(ours.news == .refund(Sample.refund, reference: "re_1", try Sample.money(900), .succeeded))
    }

    // MARK: Disputes

    @Test(arguments: [
        ("created", "needs_response", ProviderMessage.Dispute?.some(.opened)), ("created", "under_review", .opened),
        ("created", "warning_needs_response", nil), ("funds_withdrawn", "needs_response", .opened),
        ("closed", "won", .won), ("closed", "lost", .lost), ("closed", "warning_closed", nil), ("closed", "x", nil),
    ])
    func disputes(kind: String, status: String, step: ProviderMessage.Dispute?) throws {
        let kind = "charge.dispute.\(kind)"
        let message = try read(
            kind,
            [
                "id": "dp_1", "amount": 8900, "currency": "eur", "status": .string(status), "charge": "ch_1",
                "payment_intent": "pi_1", "metadata": [:],
            ])
        #expect(message.about == unknown)
        let money = try Sample.money(8_900)
        #expect(message.news == (step.map { .dispute(reference: "dp_1", money, $0) } ?? .other(kind: kind)))
    }

    // MARK: Others

    @Test func whatIsOfNoInterest() throws {
        for kind in [
            "customer.created", "charge.dispute.updated", "charge.dispute.funds_reinstated", "payment_intent.created",
        ] {
            let message = try read(kind, ["id": "x_1", "metadata": Sample.metadata])
            #expect(message.news == .other(kind: kind) && message.about.subject == Sample.subject)
        }
    }

    @Test func whatLacksWhatItMustHave() throws {
        for (kind, object) in [
            ("payment_intent.succeeded", ["id": "pi_1", "currency": "eur"]),
            ("payment_intent.succeeded", ["id": "pi_1", "amount": 5]),
            ("payment_intent.succeeded", ["id": "pi_1", "amount": 5.5, "currency": "eur"]),
            ("payment_intent.succeeded", ["id": "pi_1", "amount": 5, "currency": "euro"]),
            ("payment_intent.canceled", [:]), ("refund.updated", ["id": "re_1"]),
            ("charge.dispute.created", ["id": "dp_1", "status": "x", "amount": 1]),
        ] as [(String, JSONValue)] {
            #expect(throws: WebhookRefusal.self, "\(kind) \(object)") { try read(kind, object) }
        }
    }
}
