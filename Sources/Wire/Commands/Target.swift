public import Ticketing

/// What a command is about, below its event: what stands in the path of its route.
public enum Target: Hashable, Sendable {
    /// The event itself, which the command's key names.
    case event
    case show(ShowNumber)
    case reservation(ReservationId)
    case entry(EntryId)
    case booking(BookingId)
    case payment(PaymentId)
    case refund(RefundId)
    case ticket(TicketId)
}

extension JSONWriter {
    mutating func target(_ target: Target, of event: EventId) {
        switch target {
        case .event: break
        case .show(let number): field("target", ShowId(event, number))
        case .reservation(let id): field("target", ScopedId(event, id))
        case .entry(let id): field("target", ScopedId(event, id))
        case .booking(let id): field("target", ScopedId(event, id))
        case .payment(let id): field("target", ScopedId(event, id))
        case .refund(let id): field("target", ScopedId(event, id))
        case .ticket(let id): field("target", ScopedId(event, id))
        }
    }

    package mutating func field(_ name: StaticString, _ id: some TextId) {
        key(name)
        self.id(id)
    }
}

extension Form {
    /// The target that a kind of command has to have, or nil with a problem noted.
    mutating func target(_ kind: CommandKind, of event: EventId?, in object: inout Object) -> Target? {
        switch kind {
        case .createEvent, .changeEvent, .cancelEvent, .addShow, .moveOut: return .event
        case .reserve, .joinWaitlist, .block, .unblock, .cancelShow:
            return required("target", in: &object) { form, node in
                form.id(node, ShowId.self).flatMap { form.owned($0.event, node, event) ? .show($0.number) : nil }
            }
        case .extend, .release, .checkout: return scoped(event, in: &object) { .reservation($0) }
        case .leaveWaitlist: return scoped(event, in: &object) { .entry($0) }
        case .cancelBooking, .refund: return scoped(event, in: &object) { .booking($0) }
        case .paymentCreated, .paymentResult, .paymentDispute, .refundReported:
            return scoped(event, in: &object) { .payment($0) }
        case .refundResult: return scoped(event, in: &object) { .refund($0) }
        case .checkIn: return scoped(event, in: &object) { .ticket($0) }
        }
    }

    private mutating func scoped<Kind: NamedKind>(
        _ event: EventId?, in object: inout Object, _ make: (MintedId<Kind>) -> Target
    ) -> Target? {
        required("target", in: &object) { form, node in
            form.id(node, ScopedId<Kind>.self).flatMap { form.owned($0.event, node, event) ? make($0.id) : nil }
        }
    }

    private mutating func owned(_ owner: EventId, _ node: Int, _ event: EventId?) -> Bool {
        if let event, owner != event {
            problem(node, "belongs to another event than the key")
            return false
        }
        return true
    }
}
