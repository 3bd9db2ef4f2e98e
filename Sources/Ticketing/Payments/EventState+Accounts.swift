/// What became of the money of one payment, each unit of it once: what its provider took back or gave back itself comes
/// first, then what we give back; the rest is its booking's.
public struct PaymentAccount: Hashable, Sendable {
    /// What was taken.
    public var captured: Int64 = 0
    /// Gone with disputes that were lost.
    public var lost: Int64 = 0
    /// Given back on the provider's own page.
    public var reported: Int64 = 0
    /// Given back by us, and done.
    public var returned: Int64 = 0
    /// To be given back by us.
    public var returning: Int64 = 0
    /// To be given back by us, and the provider would not.
    public var failed: Int64 = 0
    /// What is neither gone nor to be given back.
    public var kept: Int64 = 0
    /// What is gone beyond what was taken.
    public var beyond: Int64 = 0
}

/// What is gone from a payment that it never brought.
struct Excess {
    var amount: Int64 = 0
    /// What is gone in another currency than was taken: no sum can have it.
    var foreign: [Foreign] = []

    struct Foreign: Equatable {
        let isDispute: Bool
        let reference: Label
        let money: Money
    }
}

extension EventState {
    /// nil where there is no such payment.
    public func account(of id: PaymentId) -> PaymentAccount? { payments.slot(of: id).map { account(of: $0) } }

    func account(of slot: Slot) -> PaymentAccount {
        let payment = payments[slot]
        guard let captured = payment.row.captured else { return PaymentAccount() }
        var account = PaymentAccount(captured: captured.amount)
        var left = captured.amount
        func take(_ amount: Int64, _ share: WritableKeyPath<PaymentAccount, Int64>) {
            account[keyPath: share] += min(amount, left)
            left -= min(amount, left)
        }
        let (lost, reported) = (lost(of: payment, in: captured.currency), reported(of: payment, in: captured.currency))
        take(lost, \.lost)
        take(reported, \.reported)
        var gone = lost + reported
        // What is done counts before what is not.
        for (status, share) in [
            (RefundStatus.succeeded, \PaymentAccount.returned), (.pending, \.returning), (.failed, \.failed),
        ] {
            let amount = ours(of: payment, status)
            take(amount, share)
            if status == .succeeded { gone += amount }
        }
        account.kept = left
        account.beyond = max(0, gone - captured.amount)
        return account
    }

    /// What a payment has brought that is neither gone nor to be given back.
    func left(of slot: Slot) -> Int64 {
        let payment = payments[slot]
        guard let captured = payment.row.captured else { return 0 }
        guard payment.hasReports else { return captured.amount - payment.refunded }
        return max(
            0,
            captured.amount - payment.refunded - lost(of: payment, in: captured.currency)
                - reported(of: payment, in: captured.currency))
    }

    /// The status of a payment of which money was taken, in whatever order the news of it came.
    func statusOfCaptured(_ slot: Slot) -> PaymentStatus {
        let payment = payments[slot]
        guard let captured = payment.row.captured else { return payment.row.status }
        if payment.disputes.contains(where: { disputes[$0].row.status == .opened }) { return .disputed }
        let account = account(of: slot)
        if account.beyond > 0 || !foreignMoney(of: payment, captured.currency).isEmpty { return .incident }
        if payment.disputes.contains(where: { disputes[$0].row.status == .lost }) { return .disputed }
        if captured.amount == 0 || account.kept > 0 { return .succeeded }
        if account.failed > 0 { return .incident }
        return account.returning > 0 ? .refundPending : .refunded
    }

    /// Whether nothing is to be given back for a booking, and nobody let in by it, until a dispute is settled.
    func isDisputed(_ booking: Slot) -> Bool {
        guard let paidBy = reservations[booking].booking?.paidBy else { return false }
        return payments[paidBy].disputes.contains { disputes[$0].row.status == .opened }
    }

    /// Whether a payment is one that the provider took back, or gave back as a whole.
    func isTakenBack(_ slot: Slot) -> Bool {
        let payment = payments[slot]
        guard payment.hasReports, let captured = payment.row.captured, captured.amount > 0 else { return false }
        return payment.disputes.contains { disputes[$0].row.status == .lost }
            || left(of: slot) == 0 && reported(of: payment, in: captured.currency) > 0
    }

    private func lost(of payment: Payment, in currency: Currency) -> Int64 {
        payment.disputes.reduce(0) { sum, slot in
            let row = disputes[slot].row
            return row.status == .lost && row.money.currency == currency ? sum + row.money.amount : sum
        }
    }

    private func reported(of payment: Payment, in currency: Currency) -> Int64 {
        payment.reported.reduce(0) { sum, slot in
            refunds[slot].row.origin?.currency == currency ? sum + refunds[slot].row.amount : sum
        }
    }

    func excess(of slot: Slot) -> Excess {
        let payment = payments[slot]
        guard let captured = payment.row.captured else { return Excess() }
        return Excess(
            amount: account(of: slot).beyond, foreign: foreignMoney(of: payment, captured.currency))
    }

    private func foreignMoney(of payment: Payment, _ currency: Currency) -> [Excess.Foreign] {
        let lost = payment.disputes.map { disputes[$0].row }.filter { $0.status == .lost }.map { row in
            Excess.Foreign(isDispute: true, reference: row.reference, money: row.money)
        }
        let reported = payment.reported.map { refunds[$0].row }.compactMap { row in
            row.origin.map { origin in
                Excess.Foreign(
                    isDispute: false, reference: origin.reference, money: Money(row.amount, origin.currency))
            }
        }
        return (lost + reported).filter { $0.money.currency != currency }
    }

    private func ours(of payment: Payment, _ status: RefundStatus) -> Int64 {
        (0..<payment.refunds).reduce(0) { sum, number in
            guard let slot = refunds.slot(of: RefundId(payment.row.id, number: number)),
                refunds[slot].row.status == status
            else { return sum }
            return sum + refunds[slot].row.amount
        }
    }
}
