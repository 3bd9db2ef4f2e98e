internal import Ticketing

extension Model {
    private func micros(_ seconds: Seconds) -> Int64 { seconds.count * 1_000_000 }
    private var forgetting: Int64 { micros(Bounds.remembered) }

    func reservation(_ id: UInt64) -> Int? {
        guard let index = reservations.firstIndex(where: { $0.id == id }) else { return nil }
        let found = reservations[index]
        if found.status == .released || found.status == .expired, found.payments.isEmpty {
            return now < found.ends + forgetting ? index : nil
        }
        return index
    }

    func entry(_ id: UInt64) -> Int? {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return nil }
        return now < (entries[index].endedAt ?? now) + forgetting ? index : nil
    }

    func reserve(_ command: Reserve, _ id: UInt64) -> String {
        guard command.show >= 1, command.show <= shows.count else { return "refused no-such-show" }
        let show = command.show - 1
        let buyer = command.buyer.text
        switch command.choice {
        case .best(let tier, let quantity, let isTogether):
            if quantity < 1 || quantity > 100 { return "refused invalid quantity" }
            guard tiers.contains(tier.text) else { return "refused no-such-tier" }
            if let refusal = saleRefusal(show) ?? limitRefusal(show, buyer, quantity) { return refusal }
            if !waiting(show, tier.text).isEmpty { return "refused waitlist-first" }
            let places = isTogether ? together(show, tier.text, quantity) : apart(show, tier.text, quantity)
            guard let places else {
                return free(show, tier.text).count < quantity ? "refused sold-out" : "refused no-adjacent-seats"
            }
            return hold(show, buyer, places, id, entry: nil, seconds: settings.hold)
        case .seats(let seats):
            var places: [Int] = []
            for seat in seats {
                guard let place = shows[show].names.firstIndex(of: seat.description) else {
                    return "refused no-such-seat"
                }
                places.append(place)
            }
            if Set(places).count < places.count { return "refused invalid seatTwice" }
            if let refusal = saleRefusal(show) ?? limitRefusal(show, buyer, places.count) { return refusal }
            if places.contains(where: { !waiting(show, tier(show, $0)).isEmpty }) { return "refused waitlist-first" }
            let taken = places.filter { !isFree(show, $0) }.map { shows[show].names[$0] }
            if !taken.isEmpty { return "refused seats-unavailable \(taken)" }
            return hold(show, buyer, places.sorted(), id, entry: nil, seconds: settings.hold)
        }
    }

    func hold(_ show: Int, _ buyer: String, _ places: [Int], _ id: UInt64, entry: Int?, seconds: Seconds) -> String {
        let reservation = Reservation(
            id: id, show: show, buyer: buyer, places: places, prices: places.map { price(tier(show, $0)) },
            created: now, ends: now + micros(seconds), entry: entry)
        for place in places { shows[show].places[place] = .taken(by: reservations.count) }
        reservations.append(reservation)
        return "reserved \(show + 1) \(buyer) \(places) \(reservation.total) \(reservation.ends)"
    }

    func holdRefusal(_ index: Int) -> String? {
        switch reservations[index].status {
        case .booked: "refused already-booked"
        case .released, .expired, .cancelled: "refused hold-expired"
        case .held, .paying:
            isCancelled
                ? "refused event-cancelled"
                : shows[reservations[index].show].isCancelled
                    ? "refused show-cancelled" : nil
        }
    }

    func extend(_ id: UInt64, _ seconds: Seconds) -> String {
        guard let index = reservation(id) else { return "refused no-such-reservation" }
        if let refusal = holdRefusal(index) { return refusal }
        let found = reservations[index]
        let last = found.created + (found.entry != nil ? micros(settings.offer) : 2 * micros(settings.hold))
        let ends = min(found.ends + micros(seconds), last)
        if ends <= found.ends { return "refused hold-limit-reached" }
        reservations[index].ends = ends
        return "extended \(id) \(ends)"
    }

    func release(_ id: UInt64) -> String {
        guard let index = reservation(id) else { return "refused no-such-reservation" }
        switch reservations[index].status {
        case .booked: return "refused already-booked"
        case .held, .paying: end(index, .released)
        default: break
        }
        return "released \(id) \(reservations[index].status)"
    }

    func end(_ index: Int, _ status: ReservationStatus) {
        for place in reservations[index].places { shows[reservations[index].show].places[place] = .free }
        reservations[index].status = status
        if status == .released { reservations[index].ends = now }
        if let entry = reservations[index].entry, entries[entry].status == .offered {
            entries[entry].status = status == .released ? .left : .lapsed
            entries[entry].endedAt = now
        }
    }

    func join(_ command: JoinWaitlist, _ id: UInt64) -> String {
        guard command.show >= 1, command.show <= shows.count else { return "refused no-such-show" }
        let (show, tier, buyer) = (command.show - 1, command.tier.text, command.buyer.text)
        guard tiers.contains(tier) else { return "refused no-such-tier" }
        if let refusal = saleRefusal(show) { return refusal }
        if let live = entries.first(where: {
            $0.show == show && $0.tier == tier && $0.buyer == buyer && ($0.status == .waiting || $0.status == .offered)
        }) {
            return "refused already-waiting \(live.id)"
        }
        if let refusal = limitRefusal(show, buyer, command.quantity) { return refusal }
        let usable = shows[show].places.indices.dropFirst().filter {
            self.tier(show, $0) == tier && shows[show].places[$0] != .blocked
        }
        if command.quantity > usable.count { return "refused sold-out" }
        if waiting(show, tier).isEmpty, free(show, tier).count >= command.quantity {
            return "refused places-available"
        }
        entries.append(Entry(id: id, show: show, tier: tier, buyer: buyer, quantity: command.quantity))
        return "joined \(id) \(waiting(show, tier).count)"
    }

    func leave(_ id: UInt64) -> String {
        guard let index = entry(id) else { return "refused no-such-entry" }
        switch entries[index].status {
        case .waiting:
            entries[index].status = .left
            entries[index].endedAt = now
        case .offered: if let offer = entries[index].reservation { end(offer, .released) }
        case .taken: return "refused already-taken"
        case .lapsed, .left: break
        }
        return "left \(id) \(entries[index].status)"
    }

    /// One thing that is due, if anything is; `id` is what it mints from.
    func due(_ id: UInt64) -> String? {
        let ended = reservations.indices.filter { isHold($0) && reservations[$0].ends <= now }
        if let first = ended.min(by: {
            (reservations[$0].ends, key($0)) < (reservations[$1].ends, key($1))
        }) {
            let isOffer = reservations[first].entry.map { entries[$0].status == .offered } ?? false
            end(first, .expired)
            return "ended \(reservations[first].id) \(isOffer)"
        }
        for show in shows.indices where !shows[show].isCancelled {
            for tier in tiers {
                if let step = serve(show, tier, id) { return step }
            }
        }
        return nil
    }

    private func isHold(_ index: Int) -> Bool {
        reservations[index].status == .held || reservations[index].status == .paying
    }

    private func key(_ index: Int) -> UInt64 { reservations[index].id }

    private func serve(_ show: Int, _ tier: String, _ id: UInt64) -> String? {
        let line = waiting(show, tier)
        guard let first = line.first else { return nil }
        if now >= lastSale(show) {
            entries[first].status = .lapsed
            entries[first].endedAt = now
            return "entry \(entries[first].id) lapsed sales ended"
        }
        let count = free(show, tier).count
        var passed: [Int] = []
        for index in line.prefix(50) {
            let entry = entries[index]
            if entry.quantity <= count {
                let has = has(show, entry.buyer)
                if has + entry.quantity > settings.maxTicketsPerBuyer {
                    entries[index].status = .lapsed
                    entries[index].endedAt = now
                    return "entry \(entry.id) lapsed limit \(has)"
                }
                return offer(index, passed, id)
            }
            if let until = entry.gather, until <= now {
                entries[index].passes = 0
                entries[index].gather = nil
                return "gathered \(entry.id)"
            }
            if entry.passes >= settings.maxPassOvers { return nil }
            passed.append(index)
        }
        return nil
    }

    private func offer(_ index: Int, _ passed: [Int], _ id: UInt64) -> String? {
        for other in passed {
            entries[other].passes += 1
            if entries[other].passes == settings.maxPassOvers { entries[other].gather = now + 600_000_000 }
        }
        let entry = entries[index]
        guard
            let places = together(entry.show, entry.tier, entry.quantity)
                ?? apart(entry.show, entry.tier, entry.quantity)
        else { return "no places" }
        entries[index].status = .offered
        entries[index].gather = nil
        entries[index].reservation = reservations.count
        let text = hold(entry.show, entry.buyer, places, id, entry: index, seconds: settings.offer)
        let past = passed.map { "\(entries[$0].id):\(entries[$0].passes):\(entries[$0].gather ?? 0)" }
        return "offered \(entry.id) \(text) past \(past.joined(separator: ","))"
    }
}
