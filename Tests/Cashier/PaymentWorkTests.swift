internal import Pipeline
internal import Runtime
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Cashier

/// What a decision wants of a provider, read back from its row.
@Suite struct PaymentWorkTests {
    private static let event = EventId(high: 0xE, low: 1)
    private static let payment = PaymentId(command: CommandId(high: 3, low: 3), index: 0)
    private static let reservation = ReservationId(command: CommandId(high: 4, low: 4), index: 1)
    private static let refund = RefundId(payment, number: 5)

    private static let paymentText = ScopedId(event, payment).text
    private static let reservationText = ScopedId(event, reservation).text
    private static let refundText = ScopedId(event, refund).text

    private static func work(_ body: String) throws -> PaymentWork {
        try PaymentWork(
            EffectRequest(
                id: EffectId(high: 1, low: 1), kind: .payments, event: event, tenant: TenantId(high: 2, low: 2),
                partition: 0, command: CommandId(high: 3, low: 3), body: Array(body.utf8), attempt: 1,
                createdAt: Timestamp(microseconds: 0)))
    }

    private static func euros(_ amount: Int64) throws -> Money { Money(amount, try #require(Currency("EUR"))) }

    @Test func everyKindIsRead() throws {
        let money = #""money":{"amount":1999,"currency":"EUR"}"#
        let (payment, provider) = (#""payment":"\#(Self.paymentText)""#, #""provider":"sandbox""#)
        #expect(
            try Self.work(
                #"{"do":"create-payment",\#(payment),"reservation":"\#(Self.reservationText)",\#(provider),\#(money)}"#)
                == .create(
                    Self.payment, reservation: Self.reservation, provider: "sandbox", try Self.euros(1_999)))
        #expect(
            try Self.work(#"{"do":"cancel-payment",\#(payment),\#(provider)}"#)
                == .cancel(Self.payment, provider: "sandbox", reference: nil))
        #expect(
            try Self.work(#"{"do":"cancel-payment",\#(payment),\#(provider),"reference":"sp_1"}"#)
                == .cancel(Self.payment, provider: "sandbox", reference: "sp_1"))
        #expect(
            try Self.work(
                #"{"do":"refund","refund":"\#(Self.refundText)",\#(payment),\#(provider),"reference":"sp_1",\#(money)}"#
            )
                == .refund(
                    Self.refund, payment: Self.payment, provider: "sandbox", reference: "sp_1", try Self.euros(1_999)))
    }

    @Test func aLookIsReadAsItWasPlanned() throws {
        let body = PaymentWork.fetchBody(
            ScopedId(Self.event, Self.payment), provider: "sandbox", reference: "sp_\"1\"")
        #expect(
            try Self.work(String(decoding: body, as: UTF8.self))
                == .fetch(Self.payment, provider: "sandbox", reference: "sp_\"1\""))
    }

    @Test func whatCannotBeReadIsRefusedInWords() throws {
        let payment = #""payment":"\#(Self.paymentText)","provider":"sandbox""#
        let stranger = ScopedId(EventId(high: 0xE, low: 2), Self.payment).text
        for (body, expected) in [
            ("", ""), ("{", ""), ("[]", "object"), ("{}", "/do"),
            (#"{"do":"dance",\#(payment)}"#, "dance"),
            (#"{"do":"fetch-payment",\#(payment)}"#, ""),
            (#"{"do":"create-payment",\#(payment),"money":{"amount":1,"currency":"EUR"}}"#, "/reservation"),
            (#"{"do":"cancel-payment","payment":"pay_x","provider":"sandbox"}"#, "/payment"),
            // Another event's is nothing that this one may touch.
            (#"{"do":"cancel-payment","payment":"\#(stranger)","provider":"sandbox"}"#, "/payment"),
            (#"{"do":"refund","refund":"\#(Self.refundText)",\#(payment)}"#, "/money"),
            (
                #"{"do":"refund","refund":"\#(Self.refundText)",\#(payment),"money":{"amount":-1,"currency":"EUR"}}"#,
                "/money/amount"
            ),
            (
                #"{"do":"refund","refund":"\#(Self.refundText)",\#(payment),"money":{"amount":1,"currency":"euro"}}"#,
                "/money/currency"
            ),
        ] {
            let error = #expect(throws: UnreadableWork.self, "\(body)") { try Self.work(body) }
            #expect(error.map { $0.description.contains(expected) || expected.isEmpty } ?? false, "\(error as Any)")
        }
    }
}
