/// A stored row. An event's rows in the order of these cases make its state: see `Loader`.
public enum Row: Hashable, Sendable {
    case event(EventRow)
    case terms(TermsRow)
    /// The version is that of the show's newest change.
    case show(ShowRow, version: UInt64)
    case reservation(ReservationRow)
    case payment(PaymentRow)
    case refund(RefundRow)
    case dispute(DisputeRow)
    case booking(BookingRow)
    case entry(EntryRow)
    case claims(Claims)
    case checkIn(CheckInRow)
    case incident(IncidentRow)
}
