public import Payments
public import Pipeline
public import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Does the effects of the pool `payments`: asks providers, keeps what they said where it has to be kept, and tells the
/// event's partition.
///
/// Everything may happen again after a crash: at the provider the effect's id makes one of two, here the rows do, and
/// what is told twice is decided once.
public struct PaymentHandler: EffectHandler {
    private let providers: Providers
    private let store: ProviderPayments
    private let seal: AccessSeal

    /// - Parameter firstLook: when a payment is asked for whose message did not come; then less and less often.
    public init(
        providers: Providers, pool: PostgresPool, seal: AccessSeal, firstLook: Duration = .seconds(60)
    ) {
        self.providers = providers
        store = ProviderPayments(pool: pool, firstLook: firstLook)
        self.seal = seal
    }

    public func perform(_ request: EffectRequest) throws -> EffectResult {
        let work: PaymentWork
        do throws(UnreadableWork) { work = try PaymentWork(request) } catch { return .never("\(error)") }
        do throws(ProviderError) {
            switch work {
            case .create(let payment, let reservation, let provider, let money):
                guard let provider = providers[provider] else {
                    // The hold stays, to be paid in another way.
                    return .done([.paymentFailed(payment, "no-such-provider")])
                }
                let subject = PaymentSubject(
                    tenant: request.tenant, event: request.event, payment: payment, reservation: reservation)
                let order = PaymentOrder(subject: subject, money: money, key: request.idempotencyKey)
                return try create(order, provider, request)
            case .cancel(let payment, let name, let reference):
                return try cancel(payment, at: try provider(name), reference, request)
            case .refund(let refund, let payment, let name, let reference, let money):
                return try self.refund(refund, of: payment, at: try provider(name), reference, money, request)
            case .fetch(let payment, let name, let reference):
                if try isSettled(payment, request) { return .done }
                return .done(news(of: try provider(name).fetch(reference), payment))
            }
        } catch {
            switch error.code {
            case .later: return .later(error.reason)
            case .never, .unknown: return .never(error.reason)
            }
        }
    }

    private func provider(_ name: String) throws(ProviderError) -> any PaymentProvider {
        guard let provider = providers[name] else {
            throw ProviderError(.later, "the provider “\(name)” is not set up here")
        }
        return provider
    }

    private func create(
        _ order: PaymentOrder, _ provider: any PaymentProvider, _ request: EffectRequest
    ) throws(ProviderError) -> EffectResult {
        let made: ProviderPayment
        do throws(ProviderError) {
            made = try provider.create(order)
        } catch {
            guard error.code == .later else {
                return .done([.paymentFailed(order.subject.payment, "provider-refused")])
            }
            throw error
        }
        var access: [UInt8]?
        if case .open(let clientSecret, let payUrl) = made.state {
            access = seal.seal(
                PaymentAccess(clientSecret: clientSecret, payUrl: payUrl), of: order.subject.payment)
        }
        // Before anybody is told: from now on its messages find their way, and its looks are planned.
        let isUnwanted = try stored {
            try store.made(order.subject, provider.name, made.reference, access, by: request)
        }
        let payment = order.subject.payment
        let created = Content(.paymentCreated(payment, reference: Label(made.reference)))
        if isUnwanted, case .open = made.state {
            let cancelled = try provider.cancel(made.reference, key: "\(request.idempotencyKey)-cancel")
            return .done([created] + news(of: cancelled, payment))
        }
        return .done([created] + news(of: made, payment))
    }

    private func cancel(
        _ payment: PaymentId, at provider: any PaymentProvider, _ reference: String?, _ request: EffectRequest
    ) throws(ProviderError) -> EffectResult {
        var reference = reference
        if reference == nil {
            reference = try stored { try store.unwanted(payment, provider.name, request) }
        }
        // Whoever makes it finds that nobody wants it any more.
        guard let reference else { return .done }
        return .done(news(of: try provider.cancel(reference, key: request.idempotencyKey), payment))
    }

    private func refund(
        _ refund: RefundId, of payment: PaymentId, at provider: any PaymentProvider, _ reference: String?,
        _ money: Money, _ request: EffectRequest
    ) throws(ProviderError) -> EffectResult {
        let known = try stored { try store.find(payment, request) }
        guard let known, let reference = reference ?? known.reference else {
            // Its money came before its name was written down here: that comes.
            return .later("the payment's name at the provider is not known yet")
        }
        let subject = PaymentSubject(
            tenant: request.tenant, event: request.event, payment: payment, reservation: known.reservation)
        let order = RefundOrder(
            refund: refund, subject: subject, reference: reference, money: money, key: request.idempotencyKey)
        do throws(ProviderError) {
            switch try provider.refund(order).state {
            case .succeeded: return .done([Content(.refundResult(refund, .succeeded))])
            case .failed(let reason): return .done([.refundFailed(refund, reason)])
            // Its message may be lost: it is asked for again, under the same key.
            case .pending: return .later("the provider is still at it")
            }
        } catch {
            guard error.code != .later else { throw error }
            return .done([.refundFailed(refund, error.reason)])
        }
    }

    /// What a payment's state has to say to its event. An open one says nothing.
    private func news(of made: ProviderPayment, _ payment: PaymentId) -> [Content] {
        switch made.state {
        case .open: []
        case .succeeded(let money): [Content(.paymentResult(payment, .succeeded(money)))]
        case .failed(let reason): [.paymentFailed(payment, reason)]
        case .cancelled: [Content(.paymentResult(payment, .cancelled))]
        }
    }

    private func isSettled(_ payment: PaymentId, _ request: EffectRequest) throws(ProviderError) -> Bool {
        try stored { try store.isSettled(payment, request.event) }
    }

    /// The database may be away: then it is tried again later.
    private func stored<Value>(_ body: () throws -> Value) throws(ProviderError) -> Value {
        do { return try body() } catch { throw ProviderError(.later, "the database: \(error)") }
    }
}

extension Content {
    fileprivate static func paymentFailed(_ payment: PaymentId, _ reason: String) -> Content {
        Content(.paymentResult(payment, .failed(reason: Label(reason).shortened)))
    }

    fileprivate static func refundFailed(_ refund: RefundId, _ reason: String) -> Content {
        Content(.refundResult(refund, .failed(reason: Label(reason).shortened)))
    }
}
