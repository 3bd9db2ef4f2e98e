internal import Foundation
internal import HTTPClient
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

enum Sample {
    private static func id<Kind>(_ number: UInt64) -> Id<Kind> {
        Id(high: number &* 0x9E37_79B9_7F4A_7C15, low: number)
    }

    static let tenant: TenantId = id(1)
    static let event: EventId = id(2)
    static let payment = PaymentId(command: id(3), index: 7)
    static let reservation = ReservationId(command: id(4), index: 1)
    static let refund = RefundId(payment, number: 5)
    static let subject = PaymentSubject(tenant: tenant, event: event, payment: payment, reservation: reservation)

    static let paymentText = ScopedId(event, payment).text
    static let refundText = ScopedId(event, refund).text

    static var metadata: JSONValue {
        [
            "tenant": .string(tenant.text), "event": .string(event.text), "payment": .string(paymentText),
            "reservation": .string(ScopedId(event, reservation).text),
        ]
    }

    static func money(_ amount: Int64, _ code: String = "EUR") throws -> Money {
        Money(amount, try #require(Currency(code)))
    }

    static func order(_ amount: Int64 = 8_900, _ code: String = "EUR", key: String = "key-1") throws -> PaymentOrder {
        PaymentOrder(subject: subject, money: try money(amount, code), key: key)
    }

    static func refund(
        _ reference: String, _ amount: Int64 = 900, _ code: String = "EUR", key: String = "key-2"
    ) throws -> RefundOrder {
        RefundOrder(refund: refund, subject: subject, reference: reference, money: try money(amount, code), key: key)
    }

    /// 2026-01-01T00:00:00Z.
    static let now = Timestamp(microseconds: 1_767_225_600_000_000)
}

/// Records what is sent, and answers what it is told to.
final class ScriptedCaller: HTTPCaller {
    private let answer: @Sendable (HTTPCall) throws(HTTPCallError) -> HTTPAnswer
    private let sent = Lock<[HTTPCall]>([])

    init(_ answer: @escaping @Sendable (HTTPCall) throws(HTTPCallError) -> HTTPAnswer) { self.answer = answer }

    /// These, one after the other; the last one again and again.
    convenience init(_ answers: (status: Int, body: String)...) {
        let left = Lock(answers)
        self.init { _ in
            left.withLock { left in
                let next = left.count > 1 ? left.removeFirst() : left[0]
                return HTTPAnswer(status: next.status, headers: [], body: Array(next.body.utf8))
            }
        }
    }

    func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
        sent.withLock { $0.append(call) }
        return try answer(call)
    }

    var calls: [HTTPCall] { sent.withLock { $0 } }
}

extension HTTPCall {
    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why a provider did not do it.
func refusal<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(ProviderError) -> Value
) throws -> ProviderError {
    do throws(ProviderError) {
        let value = try body()
        Issue.record("no refusal but \(value)", sourceLocation: sourceLocation)
        throw ProviderError(.never, "no refusal")
    } catch { return error }
}

/// Why a webhook was not believed.
func refusal(
    of webhook: Webhook, by provider: any PaymentProvider, sourceLocation: SourceLocation = #_sourceLocation
) -> WebhookRefusal.Code? {
    do throws(WebhookRefusal) {
        let message = try provider.read(webhook)
        Issue.record("believed: \(message)", sourceLocation: sourceLocation)
        return nil
    } catch { return error.code }
}

/// What `Config/payments.sh` installs. Where it is missing the tests fail: they are nothing without it.
enum Peers {
    static func python() throws -> String {
        let path = "\(Tool.packageFolder)/.build/payment-peers/bin/python"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "there is no \(path): Config/test makes it (Config/payments.sh)")
        }
        return path
    }

    static func script(_ name: String) -> String { "\(Tool.packageFolder)/Config/payments/\(name)" }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}

/// Waits on a fact that has no latch; fails after thirty seconds.
func wait(until isTrue: () throws -> Bool) throws {
    let pause = Latch()
    for _ in 0..<3_000 {
        if try isTrue() { return }
        _ = pause.wait(for: .milliseconds(10))
    }
    throw Peers.Failure(description: "it did not happen")
}
