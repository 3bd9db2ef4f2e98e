// A provider's messages come late, twice, and in any order. So each only ever moves a payment up this ladder, and
// what is
// not a matter of order (reason, reference) is merged:
// creating < pending < failed < cancelled < captured.

extension EventState {
    mutating func decidePaymentCreated(_ id: PaymentId, _ reference: Label?, _ context: Context) -> Decision {
        guard let slot = payments.slot(of: id) else { return incident(id, nil, context) }
        let before = payments[slot].row
        var decision = Decision(id: context.commandId, outcome: .paid(id, .unchanged(before.status)))
        if let reference = reference?.shortened {
            // Asked twice, a provider may have made it twice; no order of its words tells which of the two it means.
            let known = before.reference ?? reference
            payments[slot].row.reference = context.rulesVersion >= 2 ? min(known, reference) : known
        }
        if before.status == .creating {
            payments[slot].row.status = .pending
            decision.outcome = .paid(id, .pending)
            let reservation = reservations[payments[slot].reservation]
            if reservation.status != .paying || reservation.payment != slot { cancelPayment(slot, &decision) }
        }
        if payments[slot].row != before { decision.writes.append(.updatePayment(payments[slot].row)) }
        return decision
    }

    mutating func decide(_ id: PaymentId, _ result: PaymentResult, _ context: Context) -> Decision {
        guard let slot = payments.slot(of: id) else {
            guard case .succeeded(let money) = result else {
                return Decision(id: context.commandId, outcome: .paid(id, .unchanged(.incident)))
            }
            return incident(id, money, context)
        }
        switch result {
        case .succeeded(let money): return decide(slot, captured: money, context)
        case .failed(let reason): return decide(slot, endedAs: .failed, reason: reason, context)
        case .cancelled: return decide(slot, endedAs: .cancelled, reason: nil, context)
        }
    }

    /// The attempt came to nothing. The hold stays, to be paid in another way, until it ends.
    private mutating func decide(
        _ slot: Slot, endedAs status: PaymentStatus, reason: Label?, _ context: Context
    ) -> Decision {
        let before = payments[slot].row
        var decision = Decision(id: context.commandId, outcome: .paid(before.id, .unchanged(before.status)))
        // The least of several reasons: the one that is the same in every order.
        if let reason = reason?.shortened { payments[slot].row.reason = min(before.reason ?? reason, reason) }
        if before.captured == nil, before.status.rawValue < status.rawValue {
            payments[slot].row.status = status
            returnToHold(slot, &decision)
            decision.outcome = .paid(
                before.id, status == .cancelled ? .cancelled : .failed(reason: payments[slot].row.reason ?? ""))
        }
        if payments[slot].row != before { decision.writes.append(.updatePayment(payments[slot].row)) }
        return decision
    }

    /// A hold whose payment is over is a hold again.
    private mutating func returnToHold(_ payment: Slot, _ decision: inout Decision) {
        let slot = payments[payment].reservation
        guard reservations[slot].status == .paying, reservations[slot].payment == payment else { return }
        reservations[slot].status = .held
        decision.writes.append(.updateReservation(row(ofReservation: slot)))
    }

    private mutating func decide(_ slot: Slot, captured money: Money, _ context: Context) -> Decision {
        let row = payments[slot].row
        var decision = Decision(id: context.commandId, outcome: .paid(row.id, .unchanged(row.status)))
        guard row.captured == nil else { return decision }
        guard money.amount > 0 else { return incident(row.id, money, context) }
        payments[slot].row.captured = money
        if money != Money(row.amount, currency) {
            returnToHold(slot, &decision)
            giveBack(slot, reason: .wrongAmount, &decision)
        } else {
            settle(slot, at: context.now, &decision)
        }
        if payments[slot].hasReports { heed(slot, known: Excess(), at: context.now, &decision) }
        return decision
    }

    /// The right money has come: it becomes a booking or goes back.
    private mutating func settle(_ slot: Slot, at now: Time, _ decision: inout Decision) {
        let target = payments[slot].reservation
        let reservation = reservations[target]
        let isOpen = shows[reservation.position].status == .active
        switch reservation.status {
        case .held where isOpen, .paying where isOpen:
            book(target, payment: slot, late: nil, at: now, &decision)
            decision.outcome = .paid(
                payments[slot].row.id, .booked(BookingId(reservation.id), seats: seats(of: reservation), late: nil))
        case .held, .paying:
            returnToHold(slot, &decision)
            giveBack(slot, reason: .showCancelled, &decision)
        case .booked where replaces(slot, reservation):
            replace(target, by: slot, &decision)
        case .cancelled where outlives(slot, reservation):
            guard mayReturn(target, at: now), reservation.places.allSatisfy({ isFree($0, reservation) }) else {
                giveBack(slot, reason: .tooLate, &decision)
                return
            }
            rebook(target, by: slot, at: now, &decision)
        case .booked, .cancelled:
            giveBack(slot, reason: accepts(slot, reservation) ? .paidTwice : .tooLate, &decision)
        case .released, .expired:
            guard isOpen, let late = revive(target, payment: slot, at: now) else {
                giveBack(slot, reason: isOpen ? .tooLate : .showCancelled, &decision)
                return
            }
            book(target, payment: slot, late: late, at: now, &decision)
            let seats = seats(of: reservations[target])
            decision.outcome = .paid(
                payments[slot].row.id, .booked(BookingId(reservation.id), seats: seats, late: late))
        }
    }

    /// Whether late money still gets places; the reservation then names them.
    ///
    /// Those it had, if they are free; else as many of the same tiers, if the buyer agreed to that. None where somebody
    /// waits, where the buyer has reached the limit meanwhile, or after the show has begun.
    private mutating func revive(_ target: Slot, payment: Slot, at now: Time) -> PaymentStep.Late? {
        guard mayReturn(target, at: now) else { return nil }
        let reservation = reservations[target]
        if reservation.places.allSatisfy({ isFree($0, reservation) }) { return .samePlaces }
        let show = reservation.position
        let tiers = reservation.places.map { shows[show].layout.tier(of: $0) }
        guard payments[payment].row.acceptEquivalent,
            let places = equivalents(of: reservation.places, tiers: tiers, show: show)
        else { return nil }
        reservations[target].places = places
        return .equivalentPlaces
    }

    private func mayReturn(_ target: Slot, at now: Time) -> Bool {
        let reservation = reservations[target]
        let show = shows[reservation.position]
        return now < show.startsAt
            && limitRefusal(reservation.position, reservation.buyer, adding: reservation.places.count) == nil
            && reservation.places.allSatisfy { show.waiting(tier: show.layout.tier(of: $0)) == 0 }
    }

    private func isFree(_ place: UInt32, _ reservation: Reservation) -> Bool {
        shows[reservation.position].places.isFree(place)
    }

    private mutating func equivalents(of places: PlaceList, tiers: [Int], show: Int) -> PlaceList? {
        if places.isTogether(in: shows[show].layout), let tier = tiers.first {
            return shows[show].places.together(places.count, tier: tier)
        }
        var found: [UInt32] = []
        for tier in tiers.indices where tiers.firstIndex(of: tiers[tier]) == tier {
            let count = tiers.count { $0 == tiers[tier] }
            guard let some = togetherOrApart(count, tier: tiers[tier], show: show) else { return nil }
            found += some
        }
        return PlaceList(found)
    }

    /// Neighbours if there are any, else the best there is.
    mutating func togetherOrApart(_ quantity: Int, tier: Int, show: Int) -> PlaceList? {
        if let places = shows[show].places.together(quantity, tier: tier) { return places }
        return shows[show].places.apart(quantity, tier: tier)
    }

    /// Of two payments for one booking the earlier attempt stays, so that the order of the messages does not matter.
    private func replaces(_ slot: Slot, _ reservation: Reservation) -> Bool {
        guard let booking = reservation.booking, shows[reservation.position].status == .active else { return false }
        let other = payments[booking.paidBy]
        return payments[slot].row.attempt < other.row.attempt && other.refunded == 0
            && accepts(slot, reservation)
    }

    /// Whether a payment would be the booking's, had the provider not taken the money of a later attempt back first, or
    /// given it back: then that was the one too many, and the order of the messages must not matter.
    private func outlives(_ slot: Slot, _ reservation: Reservation) -> Bool {
        guard let booking = reservation.booking, shows[reservation.position].status == .active else { return false }
        let other = payments[booking.paidBy]
        return payments[slot].row.attempt < other.row.attempt && other.refunded == 0
            && isTakenBack(booking.paidBy) && accepts(slot, reservation)
    }

    private mutating func rebook(_ target: Slot, by slot: Slot, at now: Time, _ decision: inout Decision) {
        guard let former = reservations[target].booking?.paidBy else { preconditionFailure("no booking to renew") }
        book(target, payment: slot, late: .samePlaces, at: now, &decision)
        _ = refund(former, atMost: .max, reason: .paidTwice, &decision)
        let reservation = reservations[target]
        decision.outcome = .paid(
            payments[slot].row.id,
            .booked(BookingId(reservation.id), seats: seats(of: reservation), late: .samePlaces))
    }

    /// Whether a payment would have got the places that the booking has, had it come first.
    private func accepts(_ slot: Slot, _ reservation: Reservation) -> Bool {
        payments[slot].row.acceptEquivalent || reservation.booking?.isMoved != true
    }

    private mutating func replace(_ target: Slot, by slot: Slot, _ decision: inout Decision) {
        guard let former = reservations[target].booking?.paidBy else { preconditionFailure("no booking to pay") }
        reservations[target].booking?.paidBy = slot
        shows[reservations[target].position].refundable += left(of: slot) - left(of: former)
        payments[slot].row.status = .succeeded
        decision.writes.append(.updatePayment(payments[slot].row))
        if let row = row(ofBooking: target) { decision.writes.append(.updateBooking(row)) }
        let refund = refund(former, atMost: .max, reason: .paidTwice, &decision)
        precondition(refund != nil || payments[former].hasReports, "a payment that paid and has nothing left")
        decision.outcome = .paid(payments[slot].row.id, .replaced(payments[former].row.id, refund?.id))
    }

    private mutating func giveBack(_ slot: Slot, reason: RefundReason, _ decision: inout Decision) {
        let refund = refund(slot, atMost: .max, reason: reason, &decision)
        if refund == nil {
            precondition(payments[slot].hasReports, "money that was just taken cannot be spent")
            payments[slot].row.status = statusOfCaptured(slot)
            decision.writes.append(.updatePayment(payments[slot].row))
        }
        decision.outcome = .paid(payments[slot].row.id, .refunded(refund?.id, reason))
    }

    /// Money that belongs to nothing known: kept once, the most that was told of it, and reported.
    mutating func incident(_ id: PaymentId, _ money: Money?, _ context: Context) -> Decision {
        var decision = Decision(id: context.commandId, outcome: .paid(id, .incident))
        if let slot = incidents.slot(of: id) {
            guard context.rulesVersion >= 2, let money else { return decision }
            let known = incidents[slot].row.result
            let merged = known?.merged(with: money) ?? money
            guard merged != known else { return decision }
            incidents[slot].row.result = merged
            decision.writes.append(.updateIncident(incidents[slot].row))
            decision.effects.append(.reportIncident(id, merged))
            return decision
        }
        let row = IncidentRow(payment: id, result: money, at: context.now)
        _ = incidents.insert(Incident(row: row))
        decision.writes.append(.insertIncident(row))
        decision.effects.append(.reportIncident(id, money))
        return decision
    }

    /// Asks the provider to forget a payment that is still open.
    func cancelPayment(_ slot: Slot, _ decision: inout Decision) {
        let row = payments[slot].row
        guard row.captured == nil, row.status == .creating || row.status == .pending else { return }
        decision.effects.append(.cancelPayment(row.id, provider: row.provider, reference: row.reference))
    }
}

extension PlaceList {
    /// Whether they are neighbours in one row.
    func isTogether(in layout: Layout) -> Bool {
        guard isContiguous, let first, let last else { return false }
        let unit = layout.unit(of: first)
        return unit == layout.unit(of: last) && !layout.isGeneral(unit)
    }
}
