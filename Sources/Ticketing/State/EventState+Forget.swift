/// An ended record that nobody has a claim on any more.
enum Forgettable: Sendable {
    case reservation(Slot)
    case entry(Slot)
}

extension EventState {
    /// Whether a record that ended then is still known. It depends on the time alone, so that it does not matter when
    /// the
    /// memory is given back.
    func isRemembered(endedAt: Time) -> Bool { time < endedAt + Bounds.remembered }

    /// A reservation by its id, unless it is unknown or ended long ago.
    func reservation(_ id: ReservationId) -> Slot? {
        guard let slot = reservations.slot(of: id), isKnown(reservation: slot) else { return nil }
        return slot
    }

    func isKnown(reservation slot: Slot) -> Bool {
        let reservation = reservations[slot]
        if reservation.status.isLive || reservation.payment != .none { return true }
        return isRemembered(endedAt: reservation.endsAt)
    }

    func entry(_ id: EntryId) -> Slot? {
        guard let slot = entries.slot(of: id), isKnown(entry: slot) else { return nil }
        return slot
    }

    func isKnown(entry slot: Slot) -> Bool {
        guard let endedAt = entries[slot].row.endedAt else { return true }
        return isRemembered(endedAt: endedAt)
    }

    /// Gives back the memory of some records that are not known any more.
    mutating func forget() {
        for _ in 0..<Bounds.forgottenPerDecision {
            switch forgettable.first {
            case .reservation(let slot) where !isKnown(reservation: slot):
                shows[reservations[slot].position].buyers.drop(reservations[slot].buyer)
                reservations.remove(slot)
            case .entry(let slot) where !isKnown(entry: slot):
                let entry = entries[slot]
                if let id = entry.row.reservation, let offered = reservations.slot(of: id) {
                    reservations[offered].entry = .none
                }
                shows[entry.position].buyers.drop(entry.buyer)
                entries.remove(slot)
            default:
                return
            }
            forgettable.removeFirst()
        }
    }
}
