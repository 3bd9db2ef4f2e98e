/// What a line of waiting buyers has to have done now.
private enum LineStep {
    case offer(position: Int)
    /// The first in line, or the one whose turn it is, cannot be served any more.
    case end(Slot, EntryEnd)
    /// Places gathered long enough for this entry: it may be passed over again.
    case stopGathering(Slot)
    case wait(until: Time?)
}

extension EventState {
    func lineSlot(_ show: Int, _ tier: Int) -> Slot { Slot(show * tierNames.count + tier) }

    /// After the free places or the line of a tier have changed: when is something to be done for who waits?
    mutating func reconsider(_ show: Int, _ tier: Int) {
        guard !shows[show].lines.isEmpty else { return }
        let slot = lineSlot(show, tier)
        linesReady.remove(slot)
        linesDue.remove(slot)
        guard shows[show].lines[tier].count > 0, shows[show].status == .active else { return }
        switch lineStep(show, tier) {
        case .wait(let until): linesDue.set(slot, due: min(until ?? .never, shows[show].lastSale), tie: slot)
        default: linesReady.set(slot, due: .always, tie: slot)
        }
    }

    mutating func reconsider(_ places: PlaceList, show: Int) {
        guard !shows[show].lines.isEmpty else { return }
        var last = -1
        for place in places {
            let tier = shows[show].layout.tier(of: place)
            if tier != last { reconsider(show, tier) }
            last = tier
        }
    }

    /// Looks along the line for the first whose party fits. Those before, whose parties do not, are passed over,
    /// unless one
    /// has been as often as the event allows: then the places gather for that one.
    ///
    /// An entry whose buyer has reached the limit meanwhile ends when its turn comes: the buyer bought elsewhere.
    private func lineStep(_ show: Int, _ tier: Int) -> LineStep {
        let line = shows[show].lines[tier]
        if time >= shows[show].lastSale { return .end(line[1], .salesEnded) }
        let free = shows[show].places.counts[tier].free
        for position in 1...min(line.count, Bounds.lookAhead) {
            let entry = entries[line[position]]
            if entry.row.quantity <= free {
                let has = Int(shows[show].buyers[entry.buyer].places)
                let limit = settings.maxTicketsPerBuyer
                if has + entry.row.quantity > limit {
                    return .end(line[position], .buyerLimit(limit: limit, has: has))
                }
                return .offer(position: position)
            }
            if let until = entry.row.gatherUntil, until <= time { return .stopGathering(line[position]) }
            if entry.row.passOvers >= settings.maxPassOvers { return .wait(until: entry.row.gatherUntil) }
        }
        return .wait(until: nil)
    }

    /// One thing that a line has to have done; nil if it turns out that it has nothing.
    mutating func decideLine(_ slot: Slot, at now: Time, _ id: CommandId) -> Decision? {
        let (show, tier) = (Int(slot) / tierNames.count, Int(slot) % tierNames.count)
        var decision = Decision(id: id, outcome: .refused(.waitlistFirst))
        switch lineStep(show, tier) {
        case .wait:
            reconsider(show, tier)
            return nil
        case .offer(let position):
            offer(show, tier, position: position, at: now, &decision)
        case .end(let entry, let reason):
            endEntry(entry, as: .lapsed, at: now, &decision)
            note(.line(tier: tier, waiting: shows[show].lines[tier].count), show: show, in: &decision)
            decision.outcome = .entryEnded(entries[entry].row.id, .lapsed, reason)
        case .stopGathering(let entry):
            entries[entry].row.passOvers = 0
            entries[entry].row.gatherUntil = nil
            decision.writes.append(.updateEntry(entries[entry].row))
            decision.outcome = .gatheringEnded(entries[entry].row.id)
        }
        reconsider(show, tier)
        return decision
    }

    private mutating func offer(_ show: Int, _ tier: Int, position: Int, at now: Time, _ decision: inout Decision) {
        let free = shows[show].places.counts[tier].free
        let passedOver = (1..<position).map { passOver(shows[show].lines[tier][$0], free: free, at: now, &decision) }
        let slot = shows[show].lines[tier][position]
        let entry = entries[slot]
        let quantity = entry.row.quantity
        guard let places = togetherOrApart(quantity, tier: tier, show: show) else {
            preconditionFailure("an offer of places that are not free")
        }
        let reservation = hold(
            places, total: current.tiers[tier].price * Int64(quantity), show: show, buyer: entry.buyer,
            name: entry.row.buyer, entry: slot, endsAt: now + settings.offer, at: now, &decision)
        shows[show].lines[tier].remove(order: entry.row.order)
        entries[slot].row.status = .offered
        entries[slot].row.reservation = reservations[reservation].id
        entries[slot].row.gatherUntil = nil
        decision.writes.append(.updateEntry(entries[slot].row))
        note(.line(tier: tier, waiting: shows[show].lines[tier].count), show: show, in: &decision)
        decision.outcome = .offered(
            Offer(entry: entry.row.id, reserved: reserved(reservation), passedOver: passedOver))
    }

    private mutating func passOver(_ slot: Slot, free: Int, at now: Time, _ decision: inout Decision) -> PassOver {
        entries[slot].row.passOvers += 1
        let row = entries[slot].row
        precondition(row.passOvers <= settings.maxPassOvers && row.quantity > free, "passed over for no reason")
        if row.passOvers == settings.maxPassOvers { entries[slot].row.gatherUntil = now + Bounds.gathering }
        decision.writes.append(.updateEntry(entries[slot].row))
        return PassOver(
            entry: row.id, quantity: row.quantity, free: free, count: row.passOvers,
            gatherUntil: entries[slot].row.gatherUntil)
    }
}
