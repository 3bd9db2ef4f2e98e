internal import Ticketing

extension Model {
    func checkout(_ command: Checkout, _ id: UInt64) -> String {
        guard let index = reservation(command.reservation.command.low) else { return "refused no-such-reservation" }
        if let refusal = holdRefusal(index) { return refusal }
        let found = reservations[index]
        if found.status == .paying, let last = found.payments.last {
            return "checkout \(payments[last].id) \(payments[last].status) \(found.total) \(found.ends) false"
        }
        let span = found.entry != nil ? settings.offer : settings.hold
        if !found.payments.isEmpty, found.payments.count >= 20 || now >= found.created + 2 * span.count * 1_000_000 {
            return "refused hold-limit-reached"
        }
        if let entry = found.entry, entries[entry].status == .offered {
            entries[entry].status = .taken
            entries[entry].endedAt = now
        }
        reservations[index].payments.append(payments.count)
        payments.append(
            Payment(
                id: id, reservation: index, attempt: found.payments.count + 1, accept: command.acceptEquivalent))
        if found.total == 0 {
            payments[payments.count - 1].captured = 0
            book(index, payments.count - 1)
            return "checkout \(id) succeeded 0 \(found.ends) true"
        }
        reservations[index].status = .paying
        reservations[index].ends = max(found.ends, now + settings.payment.count * 1_000_000)
        return "checkout \(id) creating \(found.total) \(reservations[index].ends) false"
    }

    private func book(_ index: Int, _ payment: Int) {
        reservations[index].status = .booked
        reservations[index].paidBy = payment
        reservations[index].policy = policy
        payments[payment].status = .succeeded
        for place in reservations[index].places { shows[reservations[index].show].places[place] = .taken(by: index) }
    }

    func created(_ id: UInt64) -> String {
        guard let index = payments.firstIndex(where: { $0.id == id }) else {
            incidents.insert(id)
            return "paid \(id) incident"
        }
        let before = payments[index].status
        if before == .creating { payments[index].status = .pending }
        return "paid \(id) \(before == .creating ? "pending" : "unchanged \(before)")"
    }

    func result(_ id: UInt64, _ result: PaymentResult) -> String {
        guard let index = payments.firstIndex(where: { $0.id == id }) else {
            guard case .succeeded = result else { return "paid \(id) unchanged incident" }
            incidents.insert(id)
            return "paid \(id) incident"
        }
        let target = payments[index].reservation
        let before = payments[index].status
        switch result {
        case .failed(let reason):
            guard payments[index].captured == nil, before != .failed, before != .cancelled else {
                return "paid \(id) unchanged \(before)"
            }
            payments[index].status = .failed
            backToHold(target, index)
            return "paid \(id) failed \(reason)"
        case .cancelled:
            guard payments[index].captured == nil, before != .cancelled else { return "paid \(id) unchanged \(before)" }
            payments[index].status = .cancelled
            backToHold(target, index)
            return "paid \(id) cancelled"
        case .succeeded(let money):
            guard payments[index].captured == nil else { return "paid \(id) unchanged \(before)" }
            payments[index].captured = money.amount
            countGone(index)
            var step: String
            if money.amount != reservations[target].total {
                backToHold(target, index)
                step = giveBack(index, "wrongAmount")
            } else {
                step = settle(index, target)
            }
            if hasNews(index) { step += consequences(index) }
            return "paid \(id) " + step
        }
    }

    private func backToHold(_ target: Int, _ payment: Int) {
        if reservations[target].status == .paying, reservations[target].payments.last == payment {
            reservations[target].status = .held
        }
    }

    private func giveBack(_ index: Int, _ reason: String) -> String {
        let isGone = payments[index].left == 0
        refund(index, payments[index].left)
        return "refunded \(reason)\(isGone ? " by others" : "")"
    }

    func refund(_ index: Int, _ amount: Int64) {
        let given = min(amount, payments[index].left)
        guard given > 0 else { return }
        payments[index].refunds.append(given)
        payments[index].settled.append(.pending)
        if hasNews(index) {
            payments[index].status = standing(index)
        } else if payments[index].left == 0 {
            payments[index].status = .refundPending
        }
    }

    private func settle(_ index: Int, _ target: Int) -> String {
        let found = reservations[target]
        let show = found.show
        let isOpen = !shows[show].isCancelled
        func back(_ reason: String) -> String { giveBack(index, reason) }
        switch found.status {
        case .held, .paying:
            guard isOpen else {
                backToHold(target, index)
                return back("showCancelled")
            }
            book(target, index)
            return "booked \(found.id) \(found.places) in time"
        case .booked:
            if let former = found.paidBy, isOpen, payments[index].attempt < payments[former].attempt,
                payments[former].refunds.isEmpty, !found.isMoved || payments[index].accept
            {
                reservations[target].paidBy = index
                payments[index].status = .succeeded
                refund(former, .max)
                return "replaced \(payments[former].id)"
            }
            return back(found.isMoved && !payments[index].accept ? "tooLate" : "paidTwice")
        case .cancelled where isLeftOver(index, target):
            guard now < shows[show].spec.startsAt.microseconds,
                limitRefusal(show, found.buyer, found.places.count) == nil,
                found.places.allSatisfy({ waiting(show, tier(show, $0)).isEmpty && isFree(show, $0) })
            else { return back("tooLate") }
            let former = found.paidBy
            let policy = found.policy
            book(target, index)
            reservations[target].policy = policy
            if let former { refund(former, .max) }
            return "booked \(found.id) \(found.places) samePlaces"
        case .cancelled: return back(found.isMoved && !payments[index].accept ? "tooLate" : "paidTwice")
        case .released, .expired:
            guard isOpen else { return back("showCancelled") }
            guard now < shows[show].spec.startsAt.microseconds,
                limitRefusal(show, found.buyer, found.places.count) == nil,
                found.places.allSatisfy({ waiting(show, tier(show, $0)).isEmpty })
            else { return back("tooLate") }
            if found.places.allSatisfy({ isFree(show, $0) }) {
                book(target, index)
                return "booked \(found.id) \(found.places) samePlaces"
            }
            guard payments[index].accept, let others = equivalents(show, found.places) else { return back("tooLate") }
            reservations[target].places = others
            reservations[target].isMoved = true
            book(target, index)
            return "booked \(found.id) \(others) equivalentPlaces"
        }
    }

    private func equivalents(_ show: Int, _ places: [Int]) -> [Int]? {
        let kinds = places.map { tier(show, $0) }
        let row = shows[show].rows.first { $0.places.contains(places[0]) }
        let areNeighbours = places.last.map { $0 - places[0] + 1 == places.count } ?? false
        if let row, !row.isGeneral, areNeighbours, places.allSatisfy({ row.places.contains($0) }) {
            return together(show, row.tier, places.count)
        }
        var found: [Int] = []
        for tier in tiers where kinds.contains(tier) {
            let count = kinds.count { $0 == tier }
            guard let some = together(show, tier, count) ?? apart(show, tier, count) else { return nil }
            found += some
        }
        return found.sorted()
    }

    /// The positions of a booking's places that are still its own.
    func live(_ index: Int) -> [Int] {
        guard reservations[index].status == .booked else { return [] }
        return reservations[index].places.indices.filter {
            shows[reservations[index].show].places[reservations[index].places[$0]] == .taken(by: index)
        }
    }

    func endTickets(_ index: Int, _ positions: [Int], _ amount: Int64) -> Int64 {
        let isLast = positions.count == live(index).count
        for position in positions {
            shows[reservations[index].show].places[reservations[index].places[position]] = .free
        }
        guard let paidBy = reservations[index].paidBy else { return 0 }
        let given = min(amount, payments[paidBy].left)
        refund(paidBy, amount)
        if isLast { reservations[index].status = .cancelled }
        return given
    }

    func cancelBooking(_ id: UInt64) -> String {
        guard let index = reservations.firstIndex(where: { $0.id == id }), let paidBy = reservations[index].paidBy
        else {
            return "refused no-such-booking"
        }
        let found = reservations[index]
        if found.status == .cancelled {
            let last = payments[paidBy].refunds.last
            return "gave back \(id) \(last != nil) \(last ?? 0)"
        }
        if payments[paidBy].isOpen { return "refused not-refundable" }
        let worth = live(index).reduce(0) { $0 + found.prices[$1] }
        var amount = Int64.max
        if !shows[found.show].isCancelled {
            let start = shows[found.show].spec.startsAt.microseconds
            var percent = 0
            for step in found.policy where start - now >= Int64(step.hoursBefore) * 3_600_000_000 && now < start {
                let isTighter = found.policy.allSatisfy {
                    $0.hoursBefore <= step.hoursBefore || start - now < Int64($0.hoursBefore) * 3_600_000_000
                }
                if isTighter { percent = step.percent }
            }
            if percent == 0, !(found.total == 0 && now < start) { return "refused not-refundable" }
            amount = (worth * Int64(percent) * 2 + 99) / 200
        }
        let given = endTickets(index, live(index), amount)
        return "gave back \(id) \(given > 0) \(given)"
    }

    func refundBooking(_ id: UInt64, _ request: RefundRequest) -> String {
        guard let index = reservations.firstIndex(where: { $0.id == id }), let paidBy = reservations[index].paidBy
        else {
            return "refused no-such-booking"
        }
        guard reservations[index].status == .booked, !payments[paidBy].isOpen else {
            return "refused not-refundable"
        }
        switch request {
        case .amount(let amount):
            guard amount >= 1, amount <= payments[paidBy].left else { return "refused invalid amount" }
            refund(paidBy, amount)
            return "refunded \(id) true \(amount)"
        case .tickets(let tickets):
            let positions = tickets.map { Int($0.index) }
            guard Set(positions).count == positions.count, !positions.isEmpty,
                positions.allSatisfy({ live(index).contains($0) })
            else { return "refused invalid tickets" }
            let worth = positions.reduce(0) { $0 + reservations[index].prices[$1] }
            let given = endTickets(index, positions, worth)
            return "refunded \(id) \(given > 0) \(given)"
        }
    }

    func settleRefund(_ id: RefundId, _ result: RefundResult) -> String {
        let number = Int(id.index)
        guard let index = payments.firstIndex(where: { $0.id == id.command.low }) else {
            return "refused no-such-refund"
        }
        // The provider's own are done when they are told, and numbered from the end.
        if payments[index].reported.indices.contains(255 - number) { return "settled \(id.command.low) succeeded" }
        guard payments[index].refunds.indices.contains(number) else { return "refused no-such-refund" }
        let status: RefundStatus = result == .succeeded ? .succeeded : .failed
        let isNews = status.rawValue > payments[index].settled[number].rawValue
        if isNews { payments[index].settled[number] = status }
        // What is told again changes nothing, whatever was given back meanwhile.
        if isNews { payments[index].status = standing(index) }
        return "settled \(id.command.low) \(payments[index].settled[number])"
    }

    func checkIn(_ command: CheckIn) -> String {
        if let known = admitted[command.ticket] {
            return known.nonce == command.nonce.text
                ? "admitted \(command.ticket.index) \(known.at) \(known.gate)"
                : "refused already-admitted \(known.at) \(known.gate)"
        }
        guard let index = reservations.firstIndex(where: { $0.id == command.ticket.command.low }),
            live(index).contains(Int(command.ticket.index)), !shows[reservations[index].show].isCancelled,
            let paidBy = reservations[index].paidBy, !payments[paidBy].isOpen
        else { return "refused not-valid" }
        admitted[command.ticket] = (now, command.gate.text, command.nonce.text)
        return "admitted \(command.ticket.index) \(now) \(command.gate)"
    }

    // The catalogue.

    func block(_ number: Int, _ seats: [SeatName], isOn: Bool) -> String {
        let show = number - 1
        if isCancelled { return "refused event-cancelled" }
        if shows[show].isCancelled { return "refused show-cancelled" }
        let places = seats.compactMap { shows[show].names.firstIndex(of: $0.description) }
        if places.count < seats.count { return "refused no-such-seat" }
        if Set(places).count < places.count { return "refused invalid seatTwice" }
        let taken = places.filter { !isFree(show, $0) && shows[show].places[$0] != .blocked }
        if !taken.isEmpty { return "refused seats-unavailable \(taken.map { shows[show].names[$0] })" }
        let changed = places.filter { isFree(show, $0) == isOn }.sorted()
        for place in changed { shows[show].places[place] = isOn ? .blocked : .free }
        return "\(isOn ? "blocked" : "unblocked") \(changed)"
    }

    func cancel(_ wanted: [Int], _ head: String) -> String {
        var (count, money) = (0, Int64(0))
        for found in reservations where found.status == .booked && wanted.contains(found.show) {
            count += 1
            money += found.paidBy.map { payments[$0].left } ?? 0
        }
        for show in wanted where !shows[show].isCancelled {
            shows[show].isCancelled = true
            shows[show].unwindFrom = 1
        }
        return "\(head) \(count) \(money)"
    }

    /// Undoes a cancelled show in one go; small ones take one step.
    func unwind() -> String? {
        guard let show = shows.firstIndex(where: { $0.unwindFrom != nil }) else { return nil }
        shows[show].unwindFrom = nil
        let waiting = tiers.flatMap { self.waiting(show, $0) }
        for entry in waiting {
            entries[entry].status = .lapsed
            entries[entry].endedAt = now
        }
        var (holds, bookings, refunded) = ([UInt64](), [UInt64](), Int64(0))
        for place in shows[show].places.indices.dropFirst() {
            guard case .taken(let index) = shows[show].places[place] else { continue }
            if let paidBy = reservations[index].paidBy, payments[paidBy].isOpen { continue }
            if reservations[index].status == .booked {
                bookings.append(reservations[index].id)
                refunded += endTickets(index, live(index), .max)
            } else {
                holds.append(reservations[index].id)
                end(index, .released)
            }
        }
        return "unwound \(show + 1) \(waiting.map { entries[$0].id }) \(holds) \(bookings) \(refunded) true"
    }
}
