/// Makes an event's state from its rows. It believes nothing: rows that contradict each other are an error, never a
/// trap.
///
///     var loader = try Loader(event, terms: terms, at: now)
///     for row in rows { try loader.add(row) }
///     let state = try loader.finish()
///
/// Reservations and entries that ended over `Bounds.remembered` before `now` may be left out.
public struct Loader {
    var state: EventState
    private var waiting: [Slot] = []
    private var ended: [(at: Time, Forgettable)] = []

    /// `time` is that of the newest decision that the rows contain.
    public init(_ event: EventRow, terms: [TermsRow], at time: Time) throws(LoadError) {
        guard let first = terms.first, !first.tiers.isEmpty, first.tiers.count <= Bounds.tiers,
            terms.indices.allSatisfy({ terms[$0].number == $0 }),
            terms.allSatisfy({ $0.tiers.map(\.name) == first.tiers.map(\.name) }),
            terms.allSatisfy({ $0.tiers.allSatisfy { EventState.isPrice($0.price) } && EventState.check($0.policy) })
        else { throw LoadError(.impossible, in: "terms") }
        guard EventState.check(event.settings) else { throw LoadError(.impossible, in: "event") }
        state = EventState(
            event, terms: terms.map { Terms(number: $0.number, tiers: $0.tiers, policy: $0.policy) }, time: time)
    }

    /// Rows have to come in the order of `Row`'s cases; shows by number. Those of one case may come in any order.
    public mutating func add(_ row: Row) throws(LoadError) {
        switch row {
        case .event, .terms: throw LoadError(.twice, in: "event")
        case .show(let row, let version): try add(row, version: version)
        case .reservation(let row): try add(row)
        case .payment(let row): try add(row)
        case .refund(let row): try add(row)
        case .dispute(let row): try add(row)
        case .booking(let row): try add(row)
        case .entry(let row): try add(row)
        case .claims(let row): try add(row)
        case .checkIn(let row):
            guard state.checkIns.slot(of: row.ticket) == nil else { throw LoadError(.twice, in: "check-in") }
            _ = state.checkIns.insert(CheckedIn(row: row))
        case .incident(let row):
            guard state.incidents.slot(of: row.payment) == nil else { throw LoadError(.twice, in: "incident") }
            _ = state.incidents.insert(Incident(row: row))
        }
    }

    public consuming func finish() throws(LoadError) -> EventState {
        for slot in state.reservations.sortedSlots { try check(reservation: slot) }
        for slot in waiting.sorted(by: { state.entries[$0].row.order < state.entries[$1].row.order }) {
            try enqueue(slot)
        }
        state.forgettable = Fifo()
        for (_, record) in ended.sorted(by: { $0.at < $1.at }) { state.forgettable.append(record) }
        for show in state.shows.indices {
            for tier in state.shows[show].lines.indices { state.reconsider(show, tier) }
        }
        return state
    }

    private mutating func add(_ row: ShowRow, version: UInt64) throws(LoadError) {
        guard row.show == state.shows.count + 1, row.show <= Bounds.shows else {
            throw LoadError(.outOfOrder, in: "show")
        }
        guard EventState.check(row.spec, tiers: state.tierNames) == nil else {
            throw LoadError(.impossible, in: "show")
        }
        var show = Show(
            number: row.show, spec: row.spec, layout: state.layout(of: row.spec.sections),
            largestParty: state.settings.maxTicketsPerBuyer)
        if let place = row.unwindFrom {
            guard row.status == .cancelled, place >= 1, place <= UInt32(show.layout.placeCount) + 1 else {
                throw LoadError(.impossible, in: "show")
            }
        }
        show.status = row.status
        show.version = version
        show.unwindFrom = row.unwindFrom
        if row.unwindFrom != nil { state.unwinding.append(state.shows.count) }
        state.shows.append(show)
    }

    private mutating func add(_ row: ReservationRow) throws(LoadError) {
        guard let show = state.position(of: row.show), row.terms >= 0, row.terms < state.terms.count else {
            throw LoadError(.dangling, in: "reservation")
        }
        guard state.reservations.slot(of: row.id) == nil else { throw LoadError(.twice, in: "reservation") }
        guard !row.places.isEmpty, row.places.count <= Bounds.placesPerReservation,
            row.places.allSatisfy({ $0 >= 1 && $0 <= state.shows[show].layout.placeCount }),
            row.total == state.total(of: row.places, show: show, terms: state.terms[row.terms])
        else { throw LoadError(.impossible, in: "reservation") }
        let buyer = state.shows[show].buyers.use(state.shows[show].buyers.slot(of: row.buyer), name: row.buyer)
        let slot = state.reservations.insert(
            Reservation(
                id: row.id, show: Int32(show), terms: Int32(row.terms), buyer: buyer, places: row.places,
                total: row.total, createdAt: row.createdAt, endsAt: row.endsAt, status: row.status,
                isOffer: row.isOffer))
        if row.status.isHold { state.holdsDue.set(slot, due: row.endsAt, tie: row.id) }
    }

    private mutating func add(_ row: PaymentRow) throws(LoadError) {
        guard let target = state.reservations.slot(of: row.reservation) else {
            throw LoadError(.dangling, in: "payment")
        }
        guard state.payments.slot(of: row.id) == nil else { throw LoadError(.twice, in: "payment") }
        let slot = state.payments.insert(Payment(row: row, reservation: target))
        let newest = state.reservations[target].payment
        if newest == .none || state.payments[newest].row.attempt < row.attempt {
            state.reservations[target].payment = slot
        }
    }

    private mutating func add(_ row: RefundRow) throws(LoadError) {
        guard let payment = state.payments.slot(of: row.payment) else { throw LoadError(.dangling, in: "refund") }
        guard state.refunds.slot(of: row.id) == nil else { throw LoadError(.twice, in: "refund") }
        guard row.amount > 0, (row.reason == .byProvider) == (row.origin != nil) else {
            throw LoadError(.impossible, in: "refund")
        }
        if row.reason == .byProvider {
            guard row.status == .succeeded, row.amount <= Self.mostMoney,
                state.payments[payment].reported.count < Bounds.reportsPerPayment
            else { throw LoadError(.impossible, in: "refund") }
            state.payments[payment].reported.append(state.refunds.insert(Refund(row: row, payment: payment)))
            return
        }
        // Whatever the provider has told since, we gave back no more than was taken.
        let captured = state.payments[payment].row.captured?.amount ?? 0
        guard row.amount <= captured - state.payments[payment].refunded else {
            throw LoadError(.impossible, in: "refund")
        }
        _ = state.refunds.insert(Refund(row: row, payment: payment))
        state.payments[payment].refunded += row.amount
        state.payments[payment].refunds += 1
    }

    private mutating func add(_ row: DisputeRow) throws(LoadError) {
        guard let payment = state.payments.slot(of: row.payment) else { throw LoadError(.dangling, in: "dispute") }
        let dispute = Dispute(row: row)
        guard state.disputes.slot(of: dispute.key) == nil else { throw LoadError(.twice, in: "dispute") }
        guard row.money.amount > 0, row.money.amount <= Self.mostMoney,
            state.payments[payment].disputes.count < Bounds.reportsPerPayment
        else { throw LoadError(.impossible, in: "dispute") }
        state.payments[payment].disputes.append(state.disputes.insert(dispute))
    }

    /// So that no sum of them overflows.
    private static var mostMoney: Int64 { Bounds.price * Int64(Bounds.placesPerReservation) }

    private mutating func add(_ row: BookingRow) throws(LoadError) {
        guard let slot = state.reservations.slot(of: ReservationId(row.id)),
            let payment = state.payments.slot(of: row.payment), row.terms >= 0, row.terms < state.terms.count
        else { throw LoadError(.dangling, in: "booking") }
        guard state.reservations[slot].booking == nil else { throw LoadError(.twice, in: "booking") }
        guard state.payments[payment].reservation == slot,
            state.payments[payment].row.captured == Money(state.reservations[slot].total, state.currency),
            (row.status == .booked) == (state.reservations[slot].status == .booked)
        else { throw LoadError(.impossible, in: "booking") }
        state.reservations[slot].booking = Reservation.Booking(
            paidBy: payment, policy: Int32(row.terms), isMoved: row.isMoved, at: row.bookedAt)
        guard row.status == .booked else { return }
        let show = state.reservations[slot].position
        state.shows[show].bookings += 1
        state.shows[show].refundable += state.left(of: payment)
    }

    private mutating func add(_ row: EntryRow) throws(LoadError) {
        guard let show = state.position(of: row.show), state.tierNames.indices.contains(row.tier) else {
            throw LoadError(.dangling, in: "entry")
        }
        guard state.entries.slot(of: row.id) == nil else { throw LoadError(.twice, in: "entry") }
        guard row.status.isLive == (row.endedAt == nil), row.quantity >= 1,
            row.quantity <= Bounds.placesPerReservation
        else { throw LoadError(.impossible, in: "entry") }
        if let endedAt = row.endedAt, !state.isRemembered(endedAt: endedAt) { return }
        let buyer = state.shows[show].buyers.use(state.shows[show].buyers.slot(of: row.buyer), name: row.buyer)
        let slot = state.entries.insert(Entry(row: row, buyer: buyer))
        if let id = row.reservation, let offered = state.reservations.slot(of: id) {
            state.reservations[offered].entry = slot
        } else if row.status == .offered {
            throw LoadError(.dangling, in: "entry")
        }
        if row.status.isLive { state.shows[show].buyers[buyer].entries.append(slot) }
        if row.status == .waiting { waiting.append(slot) }
        if let endedAt = row.endedAt { ended.append((endedAt, .entry(slot))) }
    }

    private mutating func add(_ row: Claims) throws(LoadError) {
        guard let show = state.position(of: row.show) else { throw LoadError(.dangling, in: "claim") }
        guard row.places.allSatisfy({ $0 >= 1 && $0 <= state.shows[show].layout.placeCount }) else {
            throw LoadError(.impossible, in: "claim")
        }
        guard row.places.allSatisfy({ state.shows[show].places.isFree($0) }) else {
            throw LoadError(.twice, in: "claim")
        }
        guard let holder = row.holder else {
            guard row.kind == .blocked else { throw LoadError(.impossible, in: "claim") }
            for place in row.places { state.shows[show].places.block(place) }
            return
        }
        guard let slot = state.reservations.slot(of: holder) else { throw LoadError(.dangling, in: "claim") }
        let reservation = state.reservations[slot]
        guard reservation.position == show, row.places.allSatisfy({ reservation.places.contains($0) }),
            reservation.status.isLive, (reservation.status == .booked) == (row.kind == .sold), row.kind != .blocked
        else { throw LoadError(.impossible, in: "claim") }
        state.shows[show].places.hold(row.places, by: slot)
        if row.kind == .sold { state.shows[show].places.sell(row.places, by: slot) }
        state.shows[show].buyers[reservation.buyer].places += Int32(row.places.count)
    }

    /// A hold has all of its places, a booking some of them; what ended is kept only while it is remembered.
    private mutating func check(reservation slot: Slot) throws(LoadError) {
        let reservation = state.reservations[slot]
        let places = state.shows[reservation.position].places
        let held = reservation.places.count { places.holder(of: $0) == slot }
        switch reservation.status {
        case .held, .paying:
            guard held == reservation.places.count else { throw LoadError(.dangling, in: "claim") }
        case .booked, .cancelled:
            guard reservation.booking != nil else { throw LoadError(.dangling, in: "booking") }
            guard reservation.status == .cancelled || held > 0 else { throw LoadError(.dangling, in: "claim") }
        case .released, .expired:
            if reservation.payment == .none { ended.append((reservation.endsAt, .reservation(slot))) }
        }
    }

    private mutating func enqueue(_ slot: Slot) throws(LoadError) {
        let row = state.entries[slot].row
        let show = row.show - 1
        if state.shows[show].lines.isEmpty { state.shows[show].lines = state.tierNames.map { _ in Line() } }
        guard state.shows[show].lines[row.tier].last.map({ $0 < row.order }) ?? true else {
            throw LoadError(.twice, in: "entry")
        }
        state.shows[show].lines[row.tier].append(slot, order: row.order)
    }
}
