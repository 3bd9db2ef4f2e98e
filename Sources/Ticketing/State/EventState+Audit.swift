extension EventState {
    /// Everything that is kept for speed, worked out again from scratch: what does not agree, in words. Empty is right.
    /// It costs what the event holds; meant for tests, the simulator and operators.
    public func audit() -> [String] {
        var found: [String] = []
        for show in shows.indices {
            auditPlaces(show, &found)
            auditBuyers(show, &found)
            auditLines(show, &found)
            auditBookings(show, &found)
        }
        auditHolds(&found)
        auditMoney(&found)
        return found
    }

    private func auditPlaces(_ show: Int, _ found: inout [String]) {
        let map = shows[show].places
        var counts = [PlaceMap.Counts](repeating: PlaceMap.Counts(), count: tierNames.count)
        for unit in 0..<map.layout.unitCount {
            let range = map.layout.places(of: unit)
            let tier = map.layout.tier(ofUnit: unit)
            var run = 0
            var longest = 0
            var free = 0
            for position in range {
                let place = UInt32(position)
                run = map.isFree(place) ? run + 1 : 0
                longest = max(longest, run)
                if map.isFree(place) {
                    free += 1
                    counts[tier].free += 1
                    if map.holder(of: place) != nil || map.isBlocked(place) { found.append("\(place) free and taken") }
                } else if let slot = map.holder(of: place) {
                    let reservation = reservations[slot]
                    if reservation.status == .booked { counts[tier].sold += 1 } else { counts[tier].held += 1 }
                    if !reservation.status.isLive { found.append("\(place) is held by one that ended") }
                    if reservation.position != show || !reservation.places.contains(place) {
                        found.append("\(place) is held by one that does not name it")
                    }
                } else {
                    counts[tier].blocked += 1
                }
            }
            let isGeneral = map.layout.isGeneral(unit)
            let expected = min(isGeneral ? free : longest, map.runs[tier].cap)
            let rank = map.layout.rank(of: unit)
            if map.runs[tier].longestRun(ofUnit: rank) != expected { found.append("run of unit \(unit)") }
            for length in 1...map.runs[tier].cap
            where (map.runs[tier].unit(withRun: length, from: rank) == rank) != (expected >= length) {
                found.append("unit \(unit) in the index of runs of \(length)")
            }
            if map.freeCount(ofUnit: unit) != free { found.append("free places of unit \(unit)") }
        }
        if counts != map.counts { found.append("counts of show \(show + 1): \(map.counts), not \(counts)") }
    }

    private func auditBuyers(_ show: Int, _ found: inout [String]) {
        var places: [Label: Int32] = [:]
        var uses: [Label: Int32] = [:]
        let buyers = shows[show].buyers
        for slot in reservations.sortedSlots where reservations[slot].position == show {
            let reservation = reservations[slot]
            let name = buyers[reservation.buyer].name
            uses[name, default: 0] += 1
            places[name, default: 0] += Int32(
                reservation.places.count { shows[show].places.holder(of: $0) == slot })
        }
        for slot in entries.sortedSlots where entries[slot].position == show {
            let name = buyers[entries[slot].buyer].name
            uses[name, default: 0] += 1
            if buyers[entries[slot].buyer].entries.contains(slot) != entries[slot].row.status.isLive {
                found.append("live entries of \(name)")
            }
        }
        for slot in buyers.table.sortedSlots {
            let buyer = buyers[slot]
            if places[buyer.name, default: 0] != buyer.places { found.append("places of \(buyer.name)") }
            if uses[buyer.name, default: 0] != buyer.uses { found.append("records of \(buyer.name)") }
            if buyer.places > settings.maxTicketsPerBuyer { found.append("\(buyer.name) is over the limit") }
        }
        if uses.count != buyers.table.count { found.append("buyers of show \(show + 1)") }
    }

    private func auditLines(_ show: Int, _ found: inout [String]) {
        for tier in tierNames.indices {
            let waiting = entries.sortedSlots.filter {
                entries[$0].position == show && entries[$0].row.tier == tier && entries[$0].row.status == .waiting
            }.sorted { entries[$0].row.order < entries[$1].row.order }
            guard shows[show].waiting(tier: tier) == waiting.count else {
                found.append("length of the line for tier \(tier)")
                continue
            }
            for (index, slot) in waiting.enumerated() {
                let line = shows[show].lines[tier]
                if line[index + 1] != slot || line.position(order: entries[slot].row.order) != index + 1 {
                    found.append("position \(index + 1) of the line for tier \(tier)")
                }
            }
            var again = self
            again.reconsider(show, tier)
            let slot = lineSlot(show, tier)
            let (isReady, due) = (linesReady.time(of: slot) != nil, linesDue.time(of: slot))
            if isReady != (again.linesReady.time(of: slot) != nil) || due != again.linesDue.time(of: slot) {
                found.append("when something is due for tier \(tier)")
            }
        }
    }

    private func auditHolds(_ found: inout [String]) {
        let holds = reservations.sortedSlots.filter { reservations[$0].status.isHold }
        if holds.count != holdsDue.count { found.append("number of holds that end") }
        for slot in holds where holdsDue.time(of: slot) != reservations[slot].endsAt {
            found.append("end of a hold")
        }
        if holds.map({ reservations[$0].endsAt }).min() != holdsDue.first?.time { found.append("the next hold to end") }
        for slot in reservations.sortedSlots {
            let reservation = reservations[slot]
            let held = reservation.places.count { shows[reservation.position].places.holder(of: $0) == slot }
            let isRight =
                switch reservation.status {
                case .held, .paying: held == reservation.places.count
                case .booked: held > 0
                case .released, .expired, .cancelled: held == 0
                }
            if !isRight {
                found.append("a \(reservation.status) reservation has \(held) places")
            }
        }
    }

    private func auditBookings(_ show: Int, _ found: inout [String]) {
        let booked = reservations.sortedSlots.filter {
            reservations[$0].position == show && reservations[$0].status == .booked
        }
        if booked.count != shows[show].bookings { found.append("bookings of show \(show + 1)") }
        let refundable = booked.reduce(0) { $0 + (reservations[$1].booking.map { left(of: $0.paidBy) } ?? 0) }
        if refundable != shows[show].refundable { found.append("money of show \(show + 1)") }
    }

    /// Every amount that was taken is a booking's, was given back, or belongs to a cancelled booking that kept it.
    private func auditMoney(_ found: inout [String]) {
        var given: [PaymentId: Int64] = [:]
        var reported: [PaymentId: [Slot]] = [:]
        for slot in refunds.sortedSlots {
            let row = refunds[slot].row
            if row.reason == .byProvider {
                reported[row.payment, default: []].append(slot)
            } else {
                given[row.payment, default: 0] += row.amount
            }
        }
        var disputed: [PaymentId: [Slot]] = [:]
        for slot in disputes.sortedSlots { disputed[disputes[slot].row.payment, default: []].append(slot) }
        for slot in payments.sortedSlots {
            let payment = payments[slot]
            let refunded = given[payment.row.id, default: 0]
            if refunded != payment.refunded { found.append("refunds of a payment") }
            if refunded > payment.row.captured?.amount ?? 0 { found.append("more given back than taken") }
            if Set(reported[payment.row.id] ?? []) != Set(payment.reported) { found.append("refunds by a provider") }
            if Set(disputed[payment.row.id] ?? []) != Set(payment.disputes) { found.append("disputes of a payment") }
            let account = account(of: slot)
            if account.kept != left(of: slot) { found.append("what is left of a payment") }
            if payment.hasReports, payment.row.status != statusOfCaptured(slot) { found.append("status of a payment") }
            let reservation = reservations[payment.reservation]
            if reservation.status == .booked, reservation.booking?.paidBy == slot, account.captured > 0,
                payment.disputes.contains(where: { disputes[$0].row.status == .lost })
            {
                found.append("a booking whose money was taken back")
            }
            if left(of: slot) > 0, reservation.booking?.paidBy != slot, payment.refunds < Bounds.refundsPerPayment {
                found.append("money without a booking")
            }
        }
    }
}
