extension EventState {
    /// The whole state as rows, in the one order that depends on nothing but the state: what a snapshot stores, what
    /// a hash
    /// is taken of, and what `Loader` makes the same state from.
    public func rows(_ body: (Row) -> Void) { rows(isLasting: false, body) }

    /// - Parameter isLasting: leaves out what is forgotten some time after it ended, even if it is not yet.
    func rows(isLasting: Bool, _ body: (Row) -> Void) {
        body(.event(row))
        for terms in terms { body(.terms(terms.row)) }
        for show in shows { body(.show(show.row, version: show.version)) }
        for slot in reservations.sortedSlots where isLasting ? lasts(slot) : isKnown(reservation: slot) {
            body(.reservation(row(ofReservation: slot)))
        }
        for slot in payments.sortedSlots { body(.payment(payments[slot].row)) }
        for slot in refunds.sortedSlots { body(.refund(refunds[slot].row)) }
        for slot in disputes.sortedSlots { body(.dispute(disputes[slot].row)) }
        for slot in reservations.sortedSlots {
            if let row = row(ofBooking: slot) { body(.booking(row)) }
        }
        for slot in entries.sortedSlots
        where isLasting ? entries[slot].row.status.isLive : isKnown(entry: slot) {
            body(.entry(entries[slot].row))
        }
        for show in shows { claims(of: show, body) }
        for slot in checkIns.sortedSlots { body(.checkIn(checkIns[slot].row)) }
        for slot in incidents.sortedSlots { body(.incident(incidents[slot].row)) }
    }

    private func lasts(_ reservation: Slot) -> Bool {
        reservations[reservation].status.isLive || reservations[reservation].payment != .none
    }

    /// One row of claims for each run of places with one holder, in place order.
    private func claims(of show: Show, _ body: (Row) -> Void) {
        let end = show.layout.placeCount + 1
        var place = show.places.free.nextClear(from: 1, below: end)
        while place < end {
            let holder = show.places.holder(of: UInt32(place))
            var next = place + 1
            while next < end, !show.places.isFree(UInt32(next)), show.places.holder(of: UInt32(next)) == holder {
                next += 1
            }
            let kind: ClaimKind = holder.map { reservations[$0].status == .booked ? .sold : .held } ?? .blocked
            body(
                .claims(
                    Claims(
                        show: show.number, places: PlaceList(from: UInt32(place), count: next - place),
                        holder: holder.map { reservations[$0].id }, kind: kind)))
            place = show.places.free.nextClear(from: next, below: end)
        }
    }
}
