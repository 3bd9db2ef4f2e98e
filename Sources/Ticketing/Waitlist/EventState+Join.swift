extension EventState {
    mutating func decide(_ join: JoinWaitlist, _ context: Context) -> Decision {
        guard let show = position(of: join.show) else { return refuse(.noSuchShow, context) }
        guard isName(join.buyer) else { return refuse(.invalid(.buyer), context) }
        guard join.quantity >= 1, join.quantity <= Bounds.placesPerReservation else {
            return refuse(.invalid(.quantity), context)
        }
        guard let tier = tier(named: join.tier) else { return refuse(.noSuchTier, context) }
        if let refusal = saleRefusal(show, at: context.now) { return refuse(refusal, context) }
        let known = shows[show].buyers.slot(of: join.buyer)
        if let known, let waiting = shows[show].buyers[known].entries.first(where: { entries[$0].row.tier == tier }) {
            return refuse(.alreadyWaiting(entries[waiting].row.id), context)
        }
        if let refusal = limitRefusal(show, known, adding: join.quantity) { return refuse(refusal, context) }
        // Nobody waits for more than there could ever be: they would keep the others waiting for nothing.
        let counts = shows[show].places.counts[tier]
        guard join.quantity <= counts.total - counts.blocked else { return refuse(.soldOut, context) }
        if shows[show].waiting(tier: tier) == 0, counts.free >= join.quantity {
            return refuse(.placesAvailable, context)
        }
        return enter(join, show: show, tier: tier, known: known, context)
    }

    private mutating func enter(
        _ join: JoinWaitlist, show: Int, tier: Int, known: Slot?, _ context: Context
    ) -> Decision {
        let id = EntryId(command: context.commandId, index: 0)
        var decision = Decision(id: context.commandId, outcome: .joined(id, position: 0))
        if shows[show].lines.isEmpty { shows[show].lines = tierNames.map { _ in Line() } }
        note(.line(tier: tier, waiting: shows[show].lines[tier].count + 1), show: show, in: &decision)
        let row = EntryRow(
            id: id, show: join.show, tier: tier, buyer: join.buyer, quantity: join.quantity,
            order: shows[show].version, status: .waiting, passOvers: 0)
        let buyer = shows[show].buyers.use(known, name: join.buyer)
        let slot = entries.insert(Entry(row: row, buyer: buyer))
        shows[show].buyers[buyer].entries.append(slot)
        shows[show].lines[tier].append(slot, order: row.order)
        decision.outcome = .joined(id, position: shows[show].lines[tier].count)
        decision.writes.append(.insertEntry(row))
        reconsider(show, tier)
        return decision
    }

    /// Who leaves while an offer stands gives that back, too. What has ended stays ended, and says how.
    mutating func decideLeave(_ id: EntryId, _ context: Context) -> Decision {
        guard let slot = entry(id) else { return refuse(.noSuchEntry, context) }
        let row = entries[slot].row
        var decision = Decision(id: context.commandId, outcome: .left(id, .left))
        switch row.status {
        case .waiting:
            endEntry(slot, as: .left, at: context.now, &decision)
            let show = row.show - 1
            note(.line(tier: row.tier, waiting: shows[show].lines[row.tier].count), show: show, in: &decision)
            reconsider(show, row.tier)
        case .offered:
            guard let offer = row.reservation.flatMap({ reservations.slot(of: $0) }) else {
                preconditionFailure("an offer without its reservation")
            }
            endHold(offer, as: .released, at: context.now, &decision)
        case .taken:
            guard let taken = row.reservation else { preconditionFailure("nothing was taken") }
            return refuse(.alreadyTaken(taken), context)
        case .lapsed, .left:
            decision.outcome = .left(id, row.status)
        }
        return decision
    }

    /// An entry's wait, or its offer, is over.
    mutating func endEntry(_ slot: Slot, as status: EntryStatus, at now: Time, _ decision: inout Decision) {
        let row = entries[slot].row
        precondition(row.status.isLive && !status.isLive, "an entry ends once")
        if row.status == .waiting { shows[row.show - 1].lines[row.tier].remove(order: row.order) }
        entries[slot].row.status = status
        entries[slot].row.endedAt = now
        entries[slot].row.gatherUntil = nil
        shows[row.show - 1].buyers[entries[slot].buyer].entries.removeAll { $0 == slot }
        decision.writes.append(.updateEntry(entries[slot].row))
        forgettable.append(.entry(slot))
    }
}
