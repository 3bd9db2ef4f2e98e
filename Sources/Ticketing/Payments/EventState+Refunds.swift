extension EventState {
    /// A buyer gives a booking back, under the policy of its purchase. Done again, it says what was given back.
    mutating func decideCancelBooking(_ id: BookingId, _ context: Context) -> Decision {
        guard let slot = reservations.slot(of: ReservationId(id)), let booking = reservations[slot].booking else {
            return refuse(.noSuchBooking, context)
        }
        let reservation = reservations[slot]
        if reservation.status == .cancelled {
            let payment = payments[booking.paidBy]
            let last =
                payment.refunds > 0
                ? refunds.slot(of: RefundId(payment.row.id, number: payment.refunds - 1)).map { refunds[$0].row } : nil
            return Decision(
                id: context.commandId,
                outcome: .bookingCancelled(id, refund: last?.id, Money(last?.amount ?? 0, currency)))
        }
        // Who asks the bank for the money does not get it from us as well.
        guard !isDisputed(slot) else { return refuse(.notRefundable, context) }
        let isUnwinding = shows[reservation.position].status == .cancelled
        let percent = terms[Int(booking.policy)].refundPercent(
            startsAt: shows[reservation.position].startsAt, now: context.now)
        let amount: Int64
        if isUnwinding {
            amount = .max
        } else {
            guard let percent = percent ?? (isFree(reservation, at: context.now) ? 100 : nil),
                percent > 0 || isFree(reservation, at: context.now)
            else { return refuse(.notRefundable, context) }
            let worth = tickets(slot, at: livePositions(slot)).tickets.reduce(0) { $0 + $1.price }
            amount = Terms.share(percent, of: worth)
        }
        var decision = Decision(id: context.commandId, outcome: .refused(.notRefundable))
        let refund = endBooking(
            slot, refunding: amount, reason: isUnwinding ? .showCancelled : .bookingCancelled, at: context.now,
            &decision)
        decision.outcome = .bookingCancelled(id, refund: refund?.id, Money(refund?.amount ?? 0, currency))
        return decision
    }

    /// What cost nothing can be given back until the show starts, whatever the policy.
    private func isFree(_ reservation: Reservation, at now: Time) -> Bool {
        reservation.total == 0 && now < shows[reservation.position].startsAt
    }

    /// A manager's refund, beyond the policy.
    mutating func decideRefund(_ id: BookingId, _ request: RefundRequest, _ context: Context) -> Decision {
        guard let slot = reservations.slot(of: ReservationId(id)), let booking = reservations[slot].booking else {
            return refuse(.noSuchBooking, context)
        }
        guard reservations[slot].status == .booked, !isDisputed(slot) else {
            return refuse(.notRefundable, context)
        }
        guard payments[booking.paidBy].refunds < Bounds.refundsPerPayment else {
            return refuse(.invalid(.tooManyRefunds), context)
        }
        var decision = Decision(id: context.commandId, outcome: .refused(.notRefundable))
        let refund: RefundRow?
        switch request {
        case .amount(let amount):
            guard amount >= 1, amount <= left(of: booking.paidBy) else {
                return refuse(.invalid(.amount), context)
            }
            refund = self.refund(booking.paidBy, atMost: amount, reason: .byManager, &decision)
            shows[reservations[slot].position].refundable -= amount
        case .tickets(let ids):
            let live = livePositions(slot)
            let positions = ids.map(\.origin).filter { $0.booking == id }.map(\.position)
            guard !ids.isEmpty, positions.count == ids.count, Set(positions).count == ids.count,
                positions.allSatisfy({ live.contains($0) })
            else { return refuse(.invalid(.tickets), context) }
            let worth = tickets(slot, at: positions).tickets.reduce(0) { $0 + $1.price }
            refund = endTickets(
                slot, at: positions.sorted(), refunding: worth, reason: .byManager, at: context.now, &decision)
        }
        decision.outcome = .refunded(id, refund?.id, Money(refund?.amount ?? 0, currency))
        return decision
    }

    /// Gives money back: at most `amount`, never more than is left, and nothing at all if that is nothing.
    mutating func refund(
        _ payment: Slot, atMost amount: Int64, reason: RefundReason, _ decision: inout Decision
    ) -> RefundRow? {
        let given = min(amount, left(of: payment))
        guard given > 0, let captured = payments[payment].row.captured else { return nil }
        let before = payments[payment]
        let row = RefundRow(
            id: RefundId(before.row.id, number: before.refunds), payment: before.row.id, amount: given, reason: reason,
            status: .pending)
        _ = refunds.insert(Refund(row: row, payment: payment))
        payments[payment].refunds += 1
        payments[payment].refunded += given
        if payments[payment].hasReports {
            payments[payment].row.status = statusOfCaptured(payment)
        } else if left(of: payment) == 0 {
            payments[payment].row.status = .refundPending
        }
        decision.writes.append(.insertRefund(row))
        decision.writes.append(.updatePayment(payments[payment].row))
        decision.effects.append(
            .refund(
                row.id, payment: before.row.id, provider: before.row.provider, reference: before.row.reference,
                Money(given, captured.currency)))
        return row
    }

    /// What became of a refund. Success is final; a failure is reported, for a person to look at.
    mutating func decide(_ id: RefundId, _ result: RefundResult, _ context: Context) -> Decision {
        guard let slot = refunds.slot(of: id) else { return refuse(.noSuchRefund, context) }
        let payment = refunds[slot].payment
        let excess = excess(of: payment)
        let status: RefundStatus = result == .succeeded ? .succeeded : .failed
        var decision = Decision(
            id: context.commandId, outcome: .refundSettled(id, max(status, refunds[slot].row.status)))
        guard status > refunds[slot].row.status else { return decision }
        refunds[slot].row.status = status
        decision.writes.append(.updateRefund(refunds[slot].row))
        let before = payments[payment].row
        payments[payment].row.status = statusOfCaptured(payment)
        if payments[payment].row != before { decision.writes.append(.updatePayment(payments[payment].row)) }
        if status == .failed, let captured = before.captured {
            decision.effects.append(
                .reportIncident(before.id, Money(refunds[slot].row.amount, captured.currency)))
        }
        report(of: payment, beyond: excess, &decision)
        return decision
    }
}

extension RefundStatus: Comparable {
    public static func < (left: RefundStatus, right: RefundStatus) -> Bool { left.rawValue < right.rawValue }
}
