/// Places of one tier of a show, as a buyer sees them.
public struct TierAvailability: Hashable, Sendable {
    public let tier: Label
    public let price: Int64
    public let total: Int
    public let free: Int
    /// Held, or free but promised to those who wait.
    public let held: Int
    public let sold: Int
    public let blocked: Int
}

// What the outside reads. None of it costs more than what it returns.
extension EventState {
    public var showCount: Int { shows.count }

    /// The newest version of a show's changes; nil if there is no such show.
    public func version(of show: ShowNumber) -> UInt64? { position(of: show).map { shows[$0].version } }

    public func layout(of show: ShowNumber) -> Layout? { position(of: show).map { shows[$0].layout } }

    public func showRow(_ show: ShowNumber) -> ShowRow? { position(of: show).map { shows[$0].row } }

    /// While somebody waits for a tier, its free places are shown as held.
    public func availability(of show: ShowNumber) -> [TierAvailability]? {
        guard let position = position(of: show) else { return nil }
        return current.tiers.indices.map { tier in
            let counts = shows[position].places.counts[tier]
            let promised = shows[position].waiting(tier: tier) > 0 ? counts.free : 0
            return TierAvailability(
                tier: current.tiers[tier].name, price: current.tiers[tier].price, total: counts.total,
                free: counts.free - promised, held: counts.held + promised, sold: counts.sold,
                blocked: counts.blocked)
        }
    }

    /// A show's places 1…N, a letter each.
    public func letters(of show: ShowNumber) -> [PlaceStatus]? {
        guard let position = position(of: show) else { return nil }
        let show = shows[position]
        var letters: [PlaceStatus] = []
        letters.reserveCapacity(show.layout.placeCount)
        for unit in 0..<show.layout.unitCount {
            let isPromised = show.waiting(tier: show.layout.tier(ofUnit: unit)) > 0
            for place in show.layout.places(of: unit) {
                let status = status(of: UInt32(place), in: show)
                letters.append(isPromised && status == .free ? .held : status)
            }
        }
        return letters
    }

    private func status(of place: UInt32, in show: Show) -> PlaceStatus {
        if show.places.isFree(place) { return .free }
        guard let holder = show.places.holder(of: place) else { return .blocked }
        return reservations[holder].status == .booked ? .sold : .held
    }

    public func reservationRow(_ id: ReservationId) -> ReservationRow? { reservation(id).map(row(ofReservation:)) }

    public func bookingRow(_ id: BookingId) -> BookingRow? { reservation(ReservationId(id)).flatMap(row(ofBooking:)) }

    public func paymentRow(_ id: PaymentId) -> PaymentRow? { payments.slot(of: id).map { payments[$0].row } }

    public func refundRow(_ id: RefundId) -> RefundRow? { refunds.slot(of: id).map { refunds[$0].row } }

    public func entryRow(_ id: EntryId) -> EntryRow? { entry(id).map { entries[$0].row } }

    /// Where a waiting entry stands, from 1; nil if it does not wait.
    public func position(of id: EntryId) -> Int? {
        guard let slot = entry(id), entries[slot].row.status == .waiting else { return nil }
        let row = entries[slot].row
        return shows[row.show - 1].lines[row.tier].position(order: row.order)
    }
}
