internal import Ticketing
internal import Wire

/// What can be asked for by its id.
enum Lookup: Hashable, Sendable {
    case event(EventId)
    case show(ShowId)
    case reservation(ScopedId<Kinds.Reservation>)
    case booking(ScopedId<Kinds.Booking>)
    case payment(ScopedId<Kinds.Payment>)
    case entry(ScopedId<Kinds.Entry>)
    case ticket(ScopedId<Kinds.Ticket>)
}

/// What was found.
enum Record: Sendable {
    case event(EventRecord)
    case show(ShowRecord)
    case reservation(ReservationRecord)
    case booking(BookingRecord)
    case payment(PaymentRecord)
    case entry(EntryRecord)
    case ticket(TicketRecord)

    var tenant: TenantId {
        switch self {
        case .event(let record): record.row.tenant
        case .show(let record): record.facts.tenant
        case .reservation(let record): record.facts.tenant
        case .booking(let record): record.facts.tenant
        case .payment(let record): record.tenant
        case .entry(let record): record.facts.tenant
        case .ticket(let record): record.facts.tenant
        }
    }
}
