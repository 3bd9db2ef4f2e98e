extension EventState {
    /// A hold becomes a payment in progress. Asked again, it is the same payment; after one that failed, a new attempt.
    mutating func decide(_ checkout: Checkout, _ context: Context) -> Decision {
        guard isName(checkout.provider) else { return refuse(.invalid(.provider), context) }
        guard let slot = reservation(checkout.reservation) else { return refuse(.noSuchReservation, context) }
        if let refusal = holdRefusal(slot) { return refuse(refusal, context) }
        let reservation = reservations[slot]
        if reservation.status == .paying {
            return Decision(id: context.commandId, outcome: .checkedOut(checkedOut(slot, booking: nil)))
        }
        var attempt = 1
        if reservation.payment != .none {
            attempt = payments[reservation.payment].row.attempt + 1
            // Each attempt leaves time to pay, so their number has to end somewhere.
            guard attempt <= Bounds.paymentAttempts, context.now < lastAttempt(of: reservation) else {
                return refuse(.holdLimitReached, context)
            }
        }
        var decision = Decision(id: context.commandId, outcome: .refused(.holdExpired))
        let id = PaymentId(command: context.commandId, index: 0)
        let row = PaymentRow(
            id: id, reservation: reservation.id, attempt: attempt, provider: checkout.provider,
            amount: reservation.total, acceptEquivalent: checkout.acceptEquivalent, status: .creating)
        let payment = payments.insert(Payment(row: row, reservation: slot))
        reservations[slot].payment = payment
        decision.writes.append(.insertPayment(row))
        if reservation.entry != .none, entries[reservation.entry].row.status == .offered {
            endEntry(reservation.entry, as: .taken, at: context.now, &decision)
        }
        if reservation.total == 0 {
            payments[payment].row.captured = Money(0, currency)
            book(slot, payment: payment, late: nil, at: context.now, &decision)
            decision.outcome = .checkedOut(checkedOut(slot, booking: BookingId(reservation.id)))
            return decision
        }
        reservations[slot].status = .paying
        reservations[slot].endsAt = max(reservation.endsAt, context.now + settings.payment)
        holdsDue.set(slot, due: reservations[slot].endsAt, tie: reservation.id)
        decision.writes.append(.updateReservation(self.row(ofReservation: slot)))
        decision.effects.append(
            .createPayment(
                id, reservation: reservation.id, provider: checkout.provider, Money(reservation.total, currency)))
        decision.outcome = .checkedOut(checkedOut(slot, booking: nil))
        return decision
    }

    /// After this, what is held can be paid by the attempt in progress, but not tried anew.
    private func lastAttempt(of reservation: Reservation) -> Time {
        reservation.createdAt + (reservation.isOffer ? settings.offer : settings.hold) * 2
    }

    private func checkedOut(_ slot: Slot, booking: BookingId?) -> CheckedOut {
        let row = payments[reservations[slot].payment].row
        return CheckedOut(
            payment: row.id, status: row.status, provider: row.provider, total: Money(row.amount, currency),
            endsAt: reservations[slot].endsAt, booking: booking)
    }
}
