extension EventState {
    /// A reservation becomes a booking with tickets. Its places are held by it, or free if the money came late. One
    /// whose tickets ended with the payment that it went by becomes one again by another.
    mutating func book(
        _ slot: Slot, payment: Slot, late: PaymentStep.Late?, at now: Time, _ decision: inout Decision
    ) {
        let before = reservations[slot]
        let show = before.position
        let claims = Claims(show: show + 1, places: before.places, holder: before.id, kind: .held)
        if before.status.isHold {
            holdsDue.remove(slot)
            decision.writes.append(.changeClaims(claims, to: .sold))
        } else {
            shows[show].places.hold(before.places, by: slot)
            shows[show].buyers[before.buyer].places += Int32(before.places.count)
            precondition(shows[show].buyers[before.buyer].places <= settings.maxTicketsPerBuyer)
            var claims = claims
            claims.kind = .sold
            decision.writes.append(.insertClaims(claims))
        }
        shows[show].places.sell(before.places, by: slot)
        note(
            .places(before.places, from: before.status.isHold ? .held : .free, to: .sold), show: show, in: &decision)
        reservations[slot].status = .booked
        if before.booking != nil {
            reservations[slot].booking?.paidBy = payment
        } else {
            reservations[slot].booking = Reservation.Booking(
                paidBy: payment, policy: Int32(current.number), isMoved: late == .equivalentPlaces, at: now)
        }
        payments[payment].row.status = .succeeded
        shows[show].bookings += 1
        shows[show].refundable += left(of: payment)
        decision.writes.append(.updateReservation(row(ofReservation: slot)))
        let tickets = tickets(slot, at: Array(before.places.indices))
        if let row = row(ofBooking: slot) {
            decision.writes.append(before.booking == nil ? .insertBooking(row) : .updateBooking(row))
        }
        decision.writes.append(before.booking == nil ? .insertTickets(tickets) : .renewTickets(tickets))
        decision.writes.append(.updatePayment(payments[payment].row))
        if before.payment != payment { cancelPayment(before.payment, &decision) }
        reconsider(before.places, show: show)
    }

    func row(ofBooking slot: Slot) -> BookingRow? {
        let reservation = reservations[slot]
        guard let booking = reservation.booking else { return nil }
        return BookingRow(
            id: BookingId(reservation.id), show: reservation.position + 1,
            buyer: shows[reservation.position].buyers[reservation.buyer].name,
            payment: payments[booking.paidBy].row.id, terms: Int(booking.policy), bookedAt: booking.at,
            isMoved: booking.isMoved, status: reservation.status == .booked ? .booked : .cancelled)
    }

    /// Tickets for the places at these positions of a booking.
    func tickets(_ slot: Slot, at positions: [Int]) -> Tickets {
        let reservation = reservations[slot]
        let booking = BookingId(reservation.id)
        let seats = seats(of: reservation)
        return Tickets(
            booking: booking, show: reservation.position + 1,
            tickets: positions.map {
                Tickets.Ticket(id: TicketId(booking, at: $0), place: reservation.places[$0], price: seats[$0].price)
            })
    }

    /// The positions of a booking's places whose tickets still hold: a ticket lives as long as its place is the
    /// booking's.
    func livePositions(_ slot: Slot) -> [Int] {
        let reservation = reservations[slot]
        guard reservation.status == .booked else { return [] }
        let places = shows[reservation.position].places
        return reservation.places.indices.filter { places.holder(of: reservation.places[$0]) == slot }
    }

    /// Ends tickets of a booking, frees their places and gives money back: at most `amount`, and never more than is
    /// left.
    /// With its last ticket the booking ends.
    mutating func endTickets(
        _ slot: Slot, at positions: [Int], refunding amount: Int64, reason: RefundReason, at now: Time,
        _ decision: inout Decision
    ) -> RefundRow? {
        let reservation = reservations[slot]
        guard let booking = reservation.booking else { preconditionFailure("tickets without a booking") }
        let show = reservation.position
        let isLast = positions.count == livePositions(slot).count
        decision.writes.append(.endTickets(tickets(slot, at: positions)))
        let places = PlaceList(positions.map { reservation.places[$0] })
        shows[show].places.free(places, of: slot, sold: true)
        shows[show].buyers[reservation.buyer].places -= Int32(places.count)
        decision.writes.append(
            .deleteClaims(Claims(show: show + 1, places: places, holder: reservation.id, kind: .sold)))
        note(.places(places, from: .sold, to: .free), show: show, in: &decision)
        let refund = refund(booking.paidBy, atMost: amount, reason: reason, &decision)
        shows[show].refundable -= refund?.amount ?? 0
        if isLast {
            shows[show].bookings -= 1
            shows[show].refundable -= left(of: booking.paidBy)
            reservations[slot].status = .cancelled
            decision.writes.append(.updateReservation(row(ofReservation: slot)))
            if let row = row(ofBooking: slot) { decision.writes.append(.updateBooking(row)) }
        }
        reconsider(places, show: show)
        return refund
    }

    mutating func endBooking(
        _ slot: Slot, refunding amount: Int64, reason: RefundReason, at now: Time, _ decision: inout Decision
    ) -> RefundRow? {
        endTickets(slot, at: livePositions(slot), refunding: amount, reason: reason, at: now, &decision)
    }
}
