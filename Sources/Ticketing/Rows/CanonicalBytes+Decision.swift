// What a decision writes and tells.
extension CanonicalBytes {
    mutating func put(_ write: Write) {
        switch write {
        case .insertEvent(let row): put(case: 0) { $0.put(row) }
        case .updateEvent(let row): put(case: 1) { $0.put(row) }
        case .insertTerms(let row): put(case: 2) { $0.put(row) }
        case .insertShow(let row): put(case: 3) { $0.put(row) }
        case .updateShow(let row): put(case: 4) { $0.put(row) }
        case .insertClaims(let claims): put(case: 5) { $0.put(claims) }
        case .deleteClaims(let claims): put(case: 6) { $0.put(claims) }
        case .changeClaims(let claims, let kind):
            put(case: 7) {
                $0.put(claims)
                $0.put(kind)
            }
        case .insertReservation(let row): put(case: 8) { $0.put(row) }
        case .updateReservation(let row): put(case: 9) { $0.put(row) }
        case .insertBooking(let row): put(case: 10) { $0.put(row) }
        case .updateBooking(let row): put(case: 11) { $0.put(row) }
        case .insertTickets(let tickets): put(case: 12) { $0.put(tickets) }
        case .endTickets(let tickets): put(case: 13) { $0.put(tickets) }
        case .insertPayment(let row): put(case: 14) { $0.put(row) }
        case .updatePayment(let row): put(case: 15) { $0.put(row) }
        case .insertRefund(let row): put(case: 16) { $0.put(row) }
        case .updateRefund(let row): put(case: 17) { $0.put(row) }
        case .insertEntry(let row): put(case: 18) { $0.put(row) }
        case .updateEntry(let row): put(case: 19) { $0.put(row) }
        case .insertCheckIn(let row): put(case: 20) { $0.put(row) }
        case .insertIncident(let row): put(case: 21) { $0.put(row) }
        case .updateIncident(let row): put(case: 22) { $0.put(row) }
        case .insertDispute(let row): put(case: 23) { $0.put(row) }
        case .updateDispute(let row): put(case: 24) { $0.put(row) }
        case .renewTickets(let tickets): put(case: 25) { $0.put(tickets) }
        }
    }

    private mutating func put(_ tickets: Tickets) {
        put(tickets.booking)
        put(tickets.show)
        put(tickets.tickets) {
            $0.put($1.id)
            $0.put(UInt64($1.place))
            $0.put($1.price)
        }
    }

    mutating func put(_ effect: Effect) {
        switch effect {
        case .createPayment(let id, let reservation, let provider, let money):
            put(case: 0) {
                $0.put(id)
                $0.put(reservation)
                $0.put(provider)
                $0.put(money)
            }
        case .cancelPayment(let id, let provider, let reference):
            put(case: 1) {
                $0.put(id)
                $0.put(provider)
                $0.put(reference) { $0.put($1) }
            }
        case .refund(let id, let payment, let provider, let reference, let money):
            put(case: 2) {
                $0.put(id)
                $0.put(payment)
                $0.put(provider)
                $0.put(reference) { $0.put($1) }
                $0.put(money)
            }
        case .reportIncident(let id, let money):
            put(case: 3) {
                $0.put(id)
                $0.put(money) { $0.put($1) }
            }
        }
    }

    mutating func put(_ change: ShowChange) {
        put(change.show)
        put(change.version)
        switch change.kind {
        case .places(let places, let from, let to):
            put(case: 0) {
                $0.put(places)
                $0.put(from)
                $0.put(to)
            }
        case .line(let tier, let waiting):
            put(case: 1) {
                $0.put(tier)
                $0.put(waiting)
            }
        case .added: put(case: 2)
        case .cancelled: put(case: 3)
        }
    }
}
