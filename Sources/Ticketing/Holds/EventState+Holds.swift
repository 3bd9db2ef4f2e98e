extension EventState {
    /// More time for a hold, up to twice the event's hold in all. An offer from the waitlist gets none: others wait.
    mutating func decideExtend(_ id: ReservationId, by seconds: Seconds, _ context: Context) -> Decision {
        guard seconds.count >= 1, seconds <= Bounds.seconds else { return refuse(.invalid(.seconds), context) }
        guard let slot = reservation(id) else { return refuse(.noSuchReservation, context) }
        if let refusal = holdRefusal(slot) { return refuse(refusal, context) }
        let reservation = reservations[slot]
        let endsAt = min(reservation.endsAt + seconds, lastEnd(of: reservation))
        guard endsAt > reservation.endsAt else { return refuse(.holdLimitReached, context) }
        reservations[slot].endsAt = endsAt
        holdsDue.set(slot, due: endsAt, tie: id)
        var decision = Decision(id: context.commandId, outcome: .extended(id, endsAt: endsAt))
        decision.writes.append(.updateReservation(row(ofReservation: slot)))
        return decision
    }

    /// How far a hold can be extended.
    func lastEnd(of reservation: Reservation) -> Time {
        reservation.createdAt + (reservation.isOffer ? settings.offer : settings.hold * 2)
    }

    /// Why nothing more can be done with a hold; nil if it lasts.
    func holdRefusal(_ slot: Slot) -> Refusal? {
        let reservation = reservations[slot]
        switch reservation.status {
        case .booked: return .alreadyBooked(BookingId(reservation.id))
        case .released, .expired, .cancelled: return .holdExpired
        case .held, .paying:
            if status == .cancelled { return .eventCancelled }
            return shows[reservation.position].status == .cancelled ? .showCancelled : nil
        }
    }

    /// What has ended stays ended, and says how.
    mutating func decideRelease(_ id: ReservationId, _ context: Context) -> Decision {
        guard let slot = reservation(id) else { return refuse(.noSuchReservation, context) }
        switch reservations[slot].status {
        case .booked: return refuse(.alreadyBooked(BookingId(id)), context)
        case .released, .expired, .cancelled:
            return Decision(id: context.commandId, outcome: .released(id, reservations[slot].status))
        case .held, .paying:
            var decision = Decision(id: context.commandId, outcome: .released(id, .released))
            endHold(slot, as: .released, at: context.now, &decision)
            return decision
        }
    }

    mutating func decideHoldEnd(_ slot: Slot, at now: Time, _ id: CommandId) -> Decision {
        let entry = reservations[slot].entry
        let lapsed = entry != .none && entries[entry].row.status == .offered ? entries[entry].row.id : nil
        var decision = Decision(id: id, outcome: .holdEnded(reservations[slot].id, entry: lapsed))
        endHold(slot, as: .expired, at: now, &decision)
        return decision
    }

    /// A hold ends: its places are free, an offer's entry ends with it, and a payment in progress is called off.
    mutating func endHold(_ slot: Slot, as status: ReservationStatus, at now: Time, _ decision: inout Decision) {
        let reservation = reservations[slot]
        precondition(reservation.status.isHold && !status.isLive, "only a hold can end so")
        let show = reservation.position
        shows[show].places.free(reservation.places, of: slot, sold: false)
        shows[show].buyers[reservation.buyer].places -= Int32(reservation.places.count)
        holdsDue.remove(slot)
        reservations[slot].status = status
        if status != .expired || now < reservation.endsAt { reservations[slot].endsAt = now }
        decision.writes.append(
            .deleteClaims(
                Claims(show: show + 1, places: reservation.places, holder: reservation.id, kind: .held)))
        decision.writes.append(.updateReservation(row(ofReservation: slot)))
        note(.places(reservation.places, from: .held, to: .free), show: show, in: &decision)
        if reservation.entry != .none, entries[reservation.entry].row.status == .offered {
            endEntry(reservation.entry, as: status == .released ? .left : .lapsed, at: now, &decision)
        }
        if reservation.payment == .none {
            forgettable.append(.reservation(slot))
        } else {
            cancelPayment(reservation.payment, &decision)
        }
        reconsider(reservation.places, show: show)
    }
}
