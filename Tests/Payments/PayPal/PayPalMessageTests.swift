internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

@Suite struct PayPalMessageTests {
    private func read(_ kind: String, _ resource: JSONValue) throws -> ProviderMessage {
        let event: JSONValue = [
            "id": "WH-1", "event_type": .string(kind), "resource": resource, "create_time": "2026-01-01T00:00:00Z",
        ]
        return try PayPalMessage.read(event.bytes)
    }

    private var custom: JSONValue { .string(PayPalCustomId.text(Sample.subject)) }
    private let amount: JSONValue = ["currency_code": "EUR", "value": "89.00"]

    private func capture(_ more: JSONMember...) -> JSONValue {
        let members: [JSONMember] = [
            JSONMember("id", "3C679366HH908993F"), JSONMember("status", "COMPLETED"), JSONMember("amount", amount),
            JSONMember("custom_id", custom),
            JSONMember("supplementary_data", ["related_ids": ["order_id": "5O190127TN364715T"]]),
        ]
        return .object(members.filter { member in !more.contains { $0.name == member.name } } + more)
    }

    private var known: ProviderMessage.About { .init(subject: Sample.subject, reference: "5O190127TN364715T") }

    @Test func anApprovedOrderWantsToBeFetched() throws {
        let message = try read(
            "CHECKOUT.ORDER.APPROVED",
            ["id": "5O190127TN364715T", "status": "APPROVED", "purchase_units": [["custom_id": custom]]])
        #expect(message.about == known && message.wantsFetch)
        #expect(message.news == .other(kind: "CHECKOUT.ORDER.APPROVED"))
    }

    @Test func captures() throws {
        let paid = try read("PAYMENT.CAPTURE.COMPLETED", capture())
        #expect(paid == ProviderMessage(id: "WH-1", about: known, news: .payment(.succeeded(try Sample.money(8_900)))))
        #expect(!paid.wantsFetch)
        for kind in ["PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED"] {
            #expect(
                try read(kind, capture(JSONMember("status", "DECLINED"))).news == .payment(.failed(reason: "DECLINED")))
        }
        let pending = try read("PAYMENT.CAPTURE.PENDING", capture())
        #expect(pending.about.subject == Sample.subject && pending.news == .other(kind: "PAYMENT.CAPTURE.PENDING"))
        let theirs = try read("PAYMENT.CAPTURE.COMPLETED", capture(JSONMember("custom_id", "order-17")))
        #expect(theirs.about == ProviderMessage.About(subject: nil, reference: "5O190127TN364715T"))
    }

    @Test func refunds() throws {
        let money = try Sample.money(900)
        func refund(_ custom: JSONValue, _ status: JSONValue = "COMPLETED") throws -> ProviderMessage {
            try read(
                "PAYMENT.CAPTURE.REFUNDED",
                [
                    "id": "1JU08902781691411", "status": status, "custom_id": custom,
                    "amount": ["currency_code": "EUR", "value": "9.00"],
                    "links": [["rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C679366HH908993F"]],
                ])
        }
        let ours = try refund(.string(PayPalCustomId.text(Sample.refund, of: Sample.subject)))
        #expect(ours.about == ProviderMessage.About(subject: Sample.subject, reference: nil))
        #expect(ours.news == .refund(Sample.refund, reference: "1JU08902781691411", money, .succeeded))
        #expect(try refund(custom).news == .refund(nil, reference: "1JU08902781691411", money, .succeeded))
        let stranger = try refund(nil)
        #expect(stranger.about == ProviderMessage.About(subject: nil, reference: nil))
        #expect(
            try refund(custom, "FAILED").news
                == .refund(nil, reference: "1JU08902781691411", money, .failed(reason: "FAILED")))
        #expect(try refund(custom, "PENDING").news == .other(kind: "PAYMENT.CAPTURE.REFUNDED"))
    }

    @Test(arguments: [
        ("CREATED", nil, ProviderMessage.Dispute?.some(.opened)), ("UPDATED", nil, nil),
        ("RESOLVED", "RESOLVED_BUYER_FAVOUR", .lost), ("RESOLVED", "RESOLVED_SELLER_FAVOUR", .won),
        ("RESOLVED", "CANCELED_BY_BUYER", .won), ("RESOLVED", "ACCEPTED", .lost), ("RESOLVED", "NEW_OUTCOME", nil),
        ("RESOLVED", nil, nil),
    ])
    func disputes(step: String, outcome: String?, expected: ProviderMessage.Dispute?) throws {
        let kind = "CUSTOMER.DISPUTE.\(step)"
        let message = try read(
            kind,
            [
                "dispute_id": "PP-D-4012", "dispute_amount": amount, "status": "OPEN",
                "dispute_outcome": outcome.map { ["outcome_code": .string($0)] } ?? nil,
                "disputed_transactions": [["seller_transaction_id": "3C679366HH908993F", "custom": custom]],
            ])
        #expect(message.about == ProviderMessage.About(subject: Sample.subject, reference: "3C679366HH908993F"))
        let money = try Sample.money(8_900)
        #expect(message.news == (expected.map { .dispute(reference: "PP-D-4012", money, $0) } ?? .other(kind: kind)))
    }

    @Test func whatLacksWhatItMustHave() throws {
        for (kind, resource) in [
            ("PAYMENT.CAPTURE.COMPLETED", ["id": "x"]), ("CHECKOUT.ORDER.APPROVED", [:]),
            ("PAYMENT.CAPTURE.COMPLETED", capture(JSONMember("amount", ["currency_code": "EUR", "value": "1.005"]))),
            ("PAYMENT.CAPTURE.REFUNDED", ["id": "x"]), ("CUSTOMER.DISPUTE.CREATED", ["dispute_id": "x"]),
        ] as [(String, JSONValue)] {
            #expect(throws: WebhookRefusal.self, "\(kind)") { try read(kind, resource) }
        }
        for body in ["", "[]", "{}", #"{"id": "x", "event_type": "y"}"#] {
            #expect(throws: WebhookRefusal.self, "\(body)") { try PayPalMessage.read(Array(body.utf8)) }
        }
        #expect(try read("CUSTOMER.NEW", [:]).news == .other(kind: "CUSTOMER.NEW"))
    }
}
