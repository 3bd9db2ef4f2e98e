internal import Ticketing

extension Model {
    /// When the first hold ends.
    var firstEnd: Int64? {
        reservations.filter { $0.status == .held || $0.status == .paying }.map(\.ends).min()
    }

    /// What the tables have otherwise.
    func difference(from stored: StoredEvent) -> String? {
        guard stored.shows.count == shows.count else { return "\(stored.shows.count) shows, not \(shows.count)" }
        for show in shows.indices {
            for place in shows[show].places.indices.dropFirst() {
                let row = stored.claims[StoredEvent.PlaceKey(show: show + 1, place: UInt32(place))]
                if text(shows[show].places[place]) != text(row) {
                    return "place \(place) of show \(show + 1) is \(text(row)), not \(text(shows[show].places[place]))"
                }
            }
            if (stored.shows[show].status == .cancelled) != shows[show].isCancelled { return "show \(show + 1)" }
        }
        return differenceOfRecords(from: stored)
    }

    private func text(_ place: Place) -> String {
        switch place {
        case .free: "free"
        case .blocked: "blocked"
        case .taken(let slot): "\(reservations[slot].status == .booked ? "sold" : "held") \(reservations[slot].id)"
        }
    }

    private func text(_ row: Claims?) -> String {
        guard let row else { return "free" }
        return row.holder.map { "\(row.kind) \($0.command.low)" } ?? "\(row.kind)"
    }

    private func differenceOfRecords(from stored: StoredEvent) -> String? {
        guard stored.reservations.count == reservations.count, stored.entries.count == entries.count,
            stored.payments.count == payments.count
        else { return "so many records" }
        let rows = Dictionary(uniqueKeysWithValues: stored.reservations.values.map { ($0.id.command.low, $0) })
        for found in reservations {
            guard let row = rows[found.id], row.status == found.status, row.endsAt.microseconds == found.ends,
                row.places.map(Int.init) == found.places, row.buyer.text == found.buyer
            else { return "reservation \(found.id)" }
        }
        let waiting = Dictionary(uniqueKeysWithValues: stored.entries.values.map { ($0.id.command.low, $0) })
        for found in entries {
            guard let row = waiting[found.id], row.status == found.status, row.passOvers == found.passes,
                row.endedAt?.microseconds == found.endedAt
            else { return "entry \(found.id)" }
        }
        let paid = Dictionary(uniqueKeysWithValues: stored.payments.values.map { ($0.id.command.low, $0) })
        for found in payments {
            guard let row = paid[found.id], row.status == found.status, row.captured?.amount == found.captured else {
                return "payment \(found.id)"
            }
        }
        let disputes = stored.disputes.values.map { "\($0.payment.command.low) \($0.reference) \($0.status)" }
        let known = payments.flatMap { payment in
            payment.disputes.map { "\(payment.id) \($0.name) \($0.status)" }
        }
        if disputes.sorted() != known.sorted() { return "disputes" }
        let given = stored.refunds.values.reduce(0) { $0 + $1.amount }
        let expected = payments.reduce(0) { sum, payment in
            payment.reported.reduce(sum + payment.refunds.reduce(0, +)) { $0 + $1.money.amount }
        }
        return given == expected ? nil : "\(given) is given back, not \(expected)"
    }
}
