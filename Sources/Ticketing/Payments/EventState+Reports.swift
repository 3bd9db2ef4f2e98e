// What a provider tells of money besides that it was taken: disputes, and refunds made on its own page. Each is a row
// by the provider's name for it, kept as soon as it is told, be it before the money itself. What follows from them is
// worked out of all rows anew each time, so that it does not matter which came first.

extension EventState {
    /// A dispute only ever moves up: opened < won < lost.
    mutating func decide(_ id: PaymentId, _ news: DisputeNews, _ context: Context) -> Decision {
        guard isAmount(news.money) else { return refuse(.invalid(.amount), context) }
        guard let slot = payments.slot(of: id) else { return incident(id, news.money, context) }
        var row = DisputeRow(
            payment: id, reference: news.reference.shortened, money: news.money, status: news.status)
        let known = disputes.slot(of: DisputeKey(payment: id, reference: row.reference))
        if let known {
            let before = disputes[known].row
            row.money = before.money.merged(with: row.money)
            row.status = max(before.status, row.status)
            guard row != before else { return unchanged(slot, context) }
        } else if payments[slot].disputes.count >= Bounds.reportsPerPayment {
            return tooMany(slot, news.money, context)
        }
        var decision = Decision(id: context.commandId, outcome: .paid(id, .disputed(row.status)))
        change(slot, at: context.now, &decision) { state, decision in
            if let known {
                state.disputes[known].row = row
                decision.writes.append(.updateDispute(row))
            } else {
                state.payments[slot].disputes.append(state.disputes.insert(Dispute(row: row)))
                decision.writes.append(.insertDispute(row))
            }
        }
        return decision
    }

    /// A refund that somebody made on the provider's own page.
    mutating func decide(_ id: PaymentId, _ refund: ReportedRefund, _ context: Context) -> Decision {
        guard isAmount(refund.money) else { return refuse(.invalid(.amount), context) }
        guard let slot = payments.slot(of: id) else { return incident(id, refund.money, context) }
        let reference = refund.reference.shortened
        let known = payments[slot].reported.first { refunds[$0].row.origin?.reference == reference }
        let row: RefundRow
        if let known {
            let before = refunds[known].row
            let money = before.origin.map { Money(before.amount, $0.currency).merged(with: refund.money) }
            row = reported(before.id, of: id, reference, money ?? refund.money)
            guard row != before else { return unchanged(slot, context) }
        } else {
            guard payments[slot].reported.count < Bounds.reportsPerPayment, let number = freeNumber(slot) else {
                return tooMany(slot, refund.money, context)
            }
            row = reported(RefundId(id, number: number), of: id, reference, refund.money)
        }
        var decision = Decision(id: context.commandId, outcome: .paid(id, .refundReported(row.id)))
        change(slot, at: context.now, &decision) { state, decision in
            if let known {
                state.refunds[known].row = row
                decision.writes.append(.updateRefund(row))
            } else {
                state.payments[slot].reported.append(state.refunds.insert(Refund(row: row, payment: slot)))
                decision.writes.append(.insertRefund(row))
            }
        }
        return decision
    }

    private func reported(_ id: RefundId, of payment: PaymentId, _ reference: Label, _ money: Money) -> RefundRow {
        RefundRow(
            id: id, payment: payment, amount: money.amount, reason: .byProvider, status: .succeeded,
            origin: RefundRow.Origin(reference: reference, currency: money.currency))
    }

    private func isAmount(_ money: Money) -> Bool {
        money.amount >= 1 && money.amount <= Bounds.price * Int64(Bounds.placesPerReservation)
    }

    private func unchanged(_ slot: Slot, _ context: Context) -> Decision {
        let row = payments[slot].row
        return Decision(id: context.commandId, outcome: .paid(row.id, .unchanged(row.status)))
    }

    /// More than can be kept: a person has to look.
    private func tooMany(_ slot: Slot, _ money: Money, _ context: Context) -> Decision {
        let id = payments[slot].row.id
        var decision = Decision(id: context.commandId, outcome: .paid(id, .incident))
        decision.effects.append(.reportIncident(id, money))
        return decision
    }

    /// Those of refunds that the provider made count down from the last one, ours up from the first.
    private func freeNumber(_ slot: Slot) -> Int? {
        let id = payments[slot].row.id
        return (256 - Bounds.reportsPerPayment...255).last { refunds.slot(of: RefundId(id, number: $0)) == nil }
    }

    /// Puts down what was told, and what follows from it. Of a payment that has brought nothing yet, nothing does.
    private mutating func change(
        _ slot: Slot, at now: Time, _ decision: inout Decision, _ body: (inout EventState, inout Decision) -> Void
    ) {
        let (before, excess) = (left(of: slot), excess(of: slot))
        body(&self, &decision)
        if let show = showPaid(by: slot) { shows[show].refundable += left(of: slot) - before }
        heed(slot, known: excess, at: now, &decision)
    }

    /// Where the booking is that a payment paid, if it has not ended.
    private func showPaid(by slot: Slot) -> Int? {
        let reservation = reservations[payments[slot].reservation]
        guard reservation.status == .booked, reservation.booking?.paidBy == slot else { return nil }
        return reservation.position
    }

    /// Brings a payment, and the booking that it paid, in line with what the provider has told of it.
    ///
    /// - Parameter known: what was known before to be gone beyond what was taken.
    mutating func heed(_ slot: Slot, known: Excess, at now: Time, _ decision: inout Decision) {
        var ended: BookingId?
        if payments[slot].row.captured != nil {
            let target = payments[slot].reservation
            if let show = showPaid(by: slot) {
                // Of a show that is cancelled, what was disputed has waited.
                let isTakenBack = isTakenBack(slot)
                let hasWaited =
                    shows[show].status == .cancelled && !payments[slot].disputes.isEmpty && !isDisputed(target)
                if isTakenBack || hasWaited {
                    _ = endBooking(
                        target, refunding: isTakenBack ? 0 : .max, reason: .showCancelled, at: now, &decision)
                    ended = BookingId(reservations[target].id)
                }
            } else if reservations[target].booking?.paidBy != slot, left(of: slot) > 0,
                payments[slot].refunds < Bounds.refundsPerPayment
            {
                // The provider takes back what it told before, by telling it in another currency: less has gone than
                // was counted when the rest was given back.
                let isRight = payments[slot].row.captured == Money(payments[slot].row.amount, currency)
                _ = refund(slot, atMost: .max, reason: isRight ? .tooLate : .wrongAmount, &decision)
            }
            let before = payments[slot].row
            payments[slot].row.status = statusOfCaptured(slot)
            if payments[slot].row != before { decision.writes.append(.updatePayment(payments[slot].row)) }
            report(of: slot, beyond: known, &decision)
        }
        guard case .paid(let id, let step) = decision.outcome else { preconditionFailure("news of no payment") }
        decision.outcome = .paid(id, .told(payments[slot].row.status, ended: ended, step))
    }

    /// Reports what is gone beyond what was taken, unless it was known before.
    func report(of slot: Slot, beyond known: Excess, _ decision: inout Decision) {
        guard let captured = payments[slot].row.captured else { return }
        let (id, excess) = (payments[slot].row.id, excess(of: slot))
        if excess.amount > known.amount {
            decision.effects.append(.reportIncident(id, Money(excess.amount - known.amount, captured.currency)))
        }
        for foreign in excess.foreign where !known.foreign.contains(foreign) {
            decision.effects.append(.reportIncident(id, foreign.money))
        }
    }
}

extension DisputeStatus: Comparable {
    public static func < (left: DisputeStatus, right: DisputeStatus) -> Bool { left.rawValue < right.rawValue }
}
