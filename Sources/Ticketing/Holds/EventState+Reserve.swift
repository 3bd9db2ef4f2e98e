extension EventState {
    /// Checks in the order in which they are listed; the first that fails answers.
    mutating func decide(_ reserve: Reserve, _ context: Context) -> Decision {
        guard let show = position(of: reserve.show) else { return refuse(.noSuchShow, context) }
        guard isName(reserve.buyer) else { return refuse(.invalid(.buyer), context) }
        switch reserve.choice {
        case .best(let name, let quantity, let together):
            guard quantity >= 1, quantity <= Bounds.placesPerReservation else {
                return refuse(.invalid(.quantity), context)
            }
            guard let tier = tier(named: name) else { return refuse(.noSuchTier, context) }
            if let refusal = saleRefusal(show, at: context.now) { return refuse(refusal, context) }
            let buyer = shows[show].buyers.slot(of: reserve.buyer)
            if let refusal = limitRefusal(show, buyer, adding: quantity) { return refuse(refusal, context) }
            if shows[show].waiting(tier: tier) > 0 { return refuse(.waitlistFirst, context) }
            let found: PlaceList?
            if together {
                found = shows[show].places.together(quantity, tier: tier)
            } else {
                found = shows[show].places.apart(quantity, tier: tier)
            }
            guard let places = found else {
                let enough = shows[show].places.counts[tier].free >= quantity
                return refuse(enough ? .noAdjacentSeats : .soldOut, context)
            }
            let total = current.tiers[tier].price * Int64(quantity)
            return hold(places, total: total, show: show, buyer: buyer, name: reserve.buyer, context)
        case .seats(let seats):
            return decide(reserve, seats, show: show, context)
        }
    }

    private mutating func decide(
        _ reserve: Reserve, _ seats: [SeatName], show: Int, _ context: Context
    ) -> Decision {
        guard seats.count >= 1, seats.count <= Bounds.placesPerReservation else {
            return refuse(.invalid(.seats), context)
        }
        let places: PlaceList
        do throws(Refusal) {
            places = try resolve(seats, show: show)
        } catch {
            return refuse(error, context)
        }
        if let refusal = saleRefusal(show, at: context.now) { return refuse(refusal, context) }
        let buyer = shows[show].buyers.slot(of: reserve.buyer)
        if let refusal = limitRefusal(show, buyer, adding: seats.count) { return refuse(refusal, context) }
        if !shows[show].lines.isEmpty {
            let layout = shows[show].layout
            if places.contains(where: { shows[show].waiting(tier: layout.tier(of: $0)) > 0 }) {
                return refuse(.waitlistFirst, context)
            }
        }
        guard places.allSatisfy({ shows[show].places.isFree($0) }) else {
            return refuse(.seatsUnavailable(unavailable(seats, show: show)), context)
        }
        let total = total(of: places, show: show, terms: current)
        return hold(places, total: total, show: show, buyer: buyer, name: reserve.buyer, context)
    }

    private mutating func hold(
        _ places: PlaceList, total: Int64, show: Int, buyer: Slot?, name: Label, _ context: Context
    ) -> Decision {
        var decision = Decision(id: context.commandId, outcome: .refused(.soldOut))
        let slot = hold(
            places, total: total, show: show, buyer: buyer, name: name, entry: .none,
            endsAt: context.now + settings.hold, at: context.now, &decision)
        decision.outcome = .reserved(reserved(slot))
        return decision
    }

    /// Makes a reservation of free places; what may forbid it has been looked at.
    mutating func hold(
        _ places: PlaceList, total: Int64, show: Int, buyer: Slot?, name: Label, entry: Slot, endsAt: Time,
        at now: Time,
        _ decision: inout Decision
    ) -> Slot {
        let holder = shows[show].buyers.use(buyer, name: name)
        let id = ReservationId(command: decision.id, index: 0)
        let slot = reservations.insert(
            Reservation(
                id: id, show: Int32(show), terms: Int32(current.number), buyer: holder, places: places, total: total,
                createdAt: now, endsAt: endsAt, entry: entry, isOffer: entry != .none))
        shows[show].places.hold(places, by: slot)
        shows[show].buyers[holder].places += Int32(places.count)
        precondition(shows[show].buyers[holder].places <= settings.maxTicketsPerBuyer, "a buyer over the limit")
        holdsDue.set(slot, due: endsAt, tie: id)
        decision.writes.reserveCapacity(decision.writes.count + 2)
        decision.writes.append(.insertReservation(row(ofReservation: slot)))
        decision.writes.append(.insertClaims(Claims(show: show + 1, places: places, holder: id, kind: .held)))
        note(.places(places, from: .free, to: .held), show: show, in: &decision)
        return slot
    }

    /// Why a buyer cannot have so many more places.
    func limitRefusal(_ show: Int, _ buyer: Slot?, adding quantity: Int) -> Refusal? {
        let has = buyer.map { Int(shows[show].buyers[$0].places) } ?? 0
        guard has + quantity > settings.maxTicketsPerBuyer else { return nil }
        return .buyerLimitExceeded(limit: settings.maxTicketsPerBuyer, has: has)
    }

    func isName(_ label: Label) -> Bool { !label.isEmpty && label.text.utf8.count <= Bounds.nameBytes }

    func reserved(_ slot: Slot) -> Reserved {
        let reservation = reservations[slot]
        return Reserved(
            reservation: reservation.id, show: Int(reservation.show) + 1,
            buyer: shows[reservation.position].buyers[reservation.buyer].name, seats: seats(of: reservation),
            total: reservation.total, endsAt: reservation.endsAt)
    }

    func seats(of reservation: Reservation) -> Seats {
        Seats(
            places: reservation.places, layout: shows[reservation.position].layout,
            terms: terms[Int(reservation.terms)])
    }

    func row(ofReservation slot: Slot) -> ReservationRow {
        let reservation = reservations[slot]
        return ReservationRow(
            id: reservation.id, show: Int(reservation.show) + 1,
            buyer: shows[reservation.position].buyers[reservation.buyer].name, places: reservation.places,
            total: reservation.total, terms: Int(reservation.terms), status: reservation.status,
            isOffer: reservation.isOffer, createdAt: reservation.createdAt, endsAt: reservation.endsAt)
    }
}
