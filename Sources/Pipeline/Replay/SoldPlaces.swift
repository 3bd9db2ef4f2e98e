internal import Ticketing
internal import Wire

/// Who has which places of one event and who waits for them, by what buyers were told. It knows nothing of the rule
/// book: this is what the rule book is measured against.
struct SoldPlaces {
    /// The most places that a buyer may have of a show.
    let limit: Int
    private var seats: [Seat: ReservationId] = [:]
    private var buyers: [Buyer: Int] = [:]
    private var reservations: [ReservationId: Reservation] = [:]
    private var lines: [Line: [Waiting]] = [:]
    /// Where an entry waits.
    private var waiting: [EntryId: Line] = [:]
    /// What was offered to an entry.
    private var offers: [EntryId: ReservationId] = [:]

    init(limit: Int) { self.limit = limit }

    private struct Seat: Hashable {
        let show: ShowNumber
        let name: String
    }

    private struct Buyer: Hashable {
        let show: ShowNumber
        let name: String
    }

    private struct Line: Hashable {
        let show: ShowNumber
        let tier: String
    }

    private struct Waiting {
        let entry: EntryId
        let quantity: Int
        var passOvers = 0
    }

    private struct Reservation {
        let show: ShowNumber
        let buyer: String
        var seats: [String]
        /// Which of the seats are its own now.
        var has: [Bool]
        /// Money may still come for it, whatever has become of its places.
        var isPayable = false
    }

    struct Violation: Error {
        let code: Finding.Code
        let text: String
        init(_ code: Finding.Code, _ text: String) {
            self.code = code
            self.text = text
        }
    }

    // MARK: - Places

    mutating func take(_ id: ReservationId, _ told: Told.Reserved, isOffer: Bool) throws(Violation) {
        if !isOffer {
            for tier in told.tiers where lines[Line(show: told.show, tier: tier)]?.isEmpty == false {
                throw Violation(.line, "somebody waits for tier \(tier), but another got places of it")
            }
        }
        reservations[id] = Reservation(
            show: told.show, buyer: told.buyer, seats: told.seats, has: told.seats.map { _ in false })
        try occupy(id)
    }

    private mutating func occupy(_ id: ReservationId) throws(Violation) {
        guard var reservation = reservations[id] else { return }
        for (index, name) in reservation.seats.enumerated() where !reservation.has[index] {
            let seat = Seat(show: reservation.show, name: name)
            if let other = seats[seat], other != id {
                throw Violation(.place, "seat \(name) of show \(seat.show) belongs to another reservation")
            }
            seats[seat] = id
            reservation.has[index] = true
            buyers[Buyer(show: reservation.show, name: reservation.buyer), default: 0] += 1
        }
        reservations[id] = reservation
        let has = buyers[Buyer(show: reservation.show, name: reservation.buyer), default: 0]
        if has > limit {
            throw Violation(.limit, "the buyer has \(has) places of show \(reservation.show), of \(limit)")
        }
    }

    mutating func free(_ id: ReservationId, positions: [Int]? = nil) {
        guard var reservation = reservations[id] else { return }
        let buyer = Buyer(show: reservation.show, name: reservation.buyer)
        for index in positions ?? Array(reservation.seats.indices) where reservation.has.indices.contains(index) {
            guard reservation.has[index] else { continue }
            reservation.has[index] = false
            seats[Seat(show: reservation.show, name: reservation.seats[index])] = nil
            buyers[buyer, default: 0] -= 1
            if buyers[buyer] == 0 { buyers[buyer] = nil }
        }
        let isOver = !reservation.has.contains(true) && !reservation.isPayable
        reservations[id] = isOver ? nil : reservation
    }

    mutating func checkOut(_ id: ReservationId) { reservations[id]?.isPayable = true }

    /// A booking of places that are held, or were: money that came late may bring others.
    mutating func book(_ id: ReservationId, _ seats: [String], isLate: Bool) throws(Violation) {
        guard let reservation = reservations[id] else {
            throw Violation(.place, "a booking of places that were never reserved")
        }
        if isLate {
            free(id)
            reservations[id]?.seats = seats
            reservations[id]?.has = seats.map { _ in false }
            try occupy(id)
        } else if reservation.seats != seats || reservation.has.contains(false) {
            throw Violation(.place, "a booking of other places than the reservation has")
        }
    }

    /// How many places somebody has, by show.
    var takenPlaces: [ShowNumber: Int] { seats.keys.reduce(into: [:]) { $0[$1.show, default: 0] += 1 } }

    // MARK: - The line

    mutating func join(
        _ entry: EntryId, show: ShowNumber, tier: String, quantity: Int, position: Int
    ) throws(Violation) {
        let line = Line(show: show, tier: tier)
        lines[line, default: []].append(Waiting(entry: entry, quantity: quantity))
        waiting[entry] = line
        let count = lines[line]?.count ?? 0
        guard position == count else {
            throw Violation(.line, "was told position \(position) of the line for tier \(tier), and is number \(count)")
        }
    }

    /// An entry's wait or its offer is over.
    mutating func leave(_ entry: EntryId) {
        if let line = waiting.removeValue(forKey: entry) {
            lines[line]?.removeAll { $0.entry == entry }
        } else if let offer = offers.removeValue(forKey: entry) {
            free(offer)
        }
    }

    mutating func stopGathering(_ entry: EntryId) {
        guard let line = waiting[entry], let index = lines[line]?.firstIndex(where: { $0.entry == entry }) else {
            return
        }
        lines[line]?[index].passOvers = 0
    }

    /// Whoever stood before has to be named, with the reason: the places were too few for the party.
    mutating func offer(
        _ entry: EntryId, _ reservation: ReservationId, passedOver: [Told.PassOver]
    ) throws(Violation) {
        guard let line = waiting[entry], let place = lines[line]?.firstIndex(where: { $0.entry == entry }) else {
            throw Violation(.line, "an offer to somebody who does not wait")
        }
        guard passedOver.map(\.entry) == lines[line]?.prefix(place).map(\.entry) else {
            throw Violation(.line, "an offer out of turn: \(place) stood before, \(passedOver.count) are named")
        }
        for (index, passed) in passedOver.enumerated() {
            guard let before = lines[line]?[index] else { continue }
            lines[line]?[index].passOvers = passed.count
            guard passed.quantity == before.quantity, passed.quantity > passed.free else {
                throw Violation(.line, "somebody was passed over whose party would have fitted")
            }
            guard passed.count == before.passOvers + 1 else {
                throw Violation(.line, "somebody was passed over \(before.passOvers) times before, not \(passed.count)")
            }
        }
        lines[line]?.remove(at: place)
        waiting[entry] = nil
        offers[entry] = reservation
    }
}
