extension EventState {
    /// The most rows that one reservation's end writes: two for each place, and those of the records that change.
    private static let rowsPerEnd = 6

    /// A step of undoing a cancelled show: who waits is told first, then places from the first to the last lose their
    /// holders. A hold ends, a booking is given back in full.
    mutating func unwindStep(
        _ show: Int, atMost limit: Int, at now: Time, _ id: CommandId
    ) -> (decision: Decision, cost: Int) {
        var decision = Decision(id: id, outcome: .refused(.showCancelled))
        // One row is the show's own.
        var rows = 1
        let ended = endLines(show, atMost: limit, at: now, rows: &rows, &decision)
        var holds: [ReservationId] = []
        var bookings: [BookingId] = []
        var refunded: Int64 = 0
        let end = UInt32(shows[show].layout.placeCount) + 1
        var place = shows[show].unwindFrom ?? end
        var cost = ended.count
        let isLineDone = !shows[show].lines.contains { $0.count > 0 }
        while isLineDone, place < end {
            place = UInt32(shows[show].places.free.nextClear(from: Int(place), below: Int(end)))
            guard place < end else { break }
            guard let slot = shows[show].places.holder(of: place) else {
                place += 1
                continue
            }
            // What is disputed waits: it is given back if the dispute is won, and lost else.
            if isDisputed(slot) {
                guard cost < limit else { break }
                cost += 1
                place += 1
                continue
            }
            let needed = 2 * reservations[slot].places.count + Self.rowsPerEnd
            guard cost < limit, rows + needed <= Bounds.rowsPerDecision else { break }
            cost += 1
            rows += needed
            if reservations[slot].status == .booked {
                bookings.append(BookingId(reservations[slot].id))
                refunded += endBooking(slot, refunding: .max, reason: .showCancelled, at: now, &decision)?.amount ?? 0
            } else {
                holds.append(reservations[slot].id)
                endHold(slot, as: .released, at: now, &decision)
            }
            place += 1
        }
        let isLast = isLineDone && place >= end
        shows[show].unwindFrom = isLast ? nil : place
        if isLast {
            precondition(unwinding.first == show)
            unwinding.removeFirst()
        }
        decision.writes.append(.updateShow(shows[show].row))
        decision.outcome = .unwound(
            Unwound(
                show: show + 1, entries: ended, holds: holds, bookings: bookings, refunded: Money(refunded, currency),
                isLast: isLast))
        return (decision, cost)
    }

    private mutating func endLines(
        _ show: Int, atMost limit: Int, at now: Time, rows: inout Int, _ decision: inout Decision
    ) -> [EntryId] {
        var ended: [EntryId] = []
        for tier in shows[show].lines.indices {
            let before = ended.count
            while shows[show].lines[tier].count > 0, ended.count < limit, rows < Bounds.rowsPerDecision {
                let slot = shows[show].lines[tier][1]
                ended.append(entries[slot].row.id)
                endEntry(slot, as: .lapsed, at: now, &decision)
                rows += 1
            }
            if ended.count > before {
                note(.line(tier: tier, waiting: shows[show].lines[tier].count), show: show, in: &decision)
            }
        }
        return ended
    }
}
