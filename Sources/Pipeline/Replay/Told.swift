internal import Ticketing
internal import Wire

/// What an answer said, as its reader reads it.
enum Told {
    struct Reserved {
        let reservation: ReservationId
        let show: ShowNumber
        let buyer: String
        let seats: [String]
        /// Each once.
        let tiers: [String]
    }

    struct PassOver {
        let entry: EntryId
        let quantity: Int
        let free: Int
        let count: Int
    }

    enum Fallen {
        case holdEnded(ReservationId)
        case offered(EntryId, Reserved, passedOver: [PassOver])
        case entryEnded(EntryId)
        case gatheringEnded(EntryId)
        case unwound(entries: [EntryId], holds: [ReservationId], bookings: [BookingId])
    }

    struct Booked {
        let booking: BookingId
        let seats: [String]
        let isLate: Bool
    }

    /// What a provider's message came to. A booking may end as soon as it is made.
    struct Paid {
        let booked: Booked?
        let ended: BookingId?
    }

    struct Joined {
        let entry: EntryId
        let position: Int
    }
}

/// Reads answers. Keeps its memory for the next.
struct AnswerReader {
    private var tape = JSONTape()

    /// nil where the answer is not as it should be.
    private mutating func read<Value>(
        _ reply: [UInt8], _ body: (inout Form, inout Form.Object) -> Value?
    ) -> Value? {
        reply.withUnsafeBytes { bytes in
            guard (try? tape.parse(bytes)) != nil else { return nil }
            var form = Form(bytes, tape)
            guard var object = form.object(0), let value = body(&form, &object), form.problems.isEmpty else {
                return nil
            }
            return value
        }
    }

    mutating func reserved(_ reply: [UInt8]) -> Told.Reserved? { read(reply) { $0.reserved(&$1) } }

    mutating func joined(_ reply: [UInt8]) -> Told.Joined? {
        read(reply) { form, object in
            guard let entry = form.minted("entryId", Kinds.Entry.self, &object),
                let position = form.required("position", in: &object, { $0.count($1, 1...Int(Int32.max)) })
            else { return nil }
            return Told.Joined(entry: entry, position: position)
        }
    }

    mutating func movedFrom(_ reply: [UInt8]) -> Int? {
        read(reply) { form, object in form.required("movedFrom", in: &object) { $0.count($1, 0...Int(Int32.max)) } }
    }

    mutating func paid(_ reply: [UInt8]) -> Told.Paid? {
        read(reply) { form, object in
            let ended = form.optional("endedBookingId", in: &object) { $0.id($1, ScopedId<Kinds.Booking>.self) }?.id
            let booking = form.optional("bookingId", in: &object) { $0.id($1, ScopedId<Kinds.Booking>.self) }?.id
            guard let booking else { return Told.Paid(booked: nil, ended: ended) }
            guard let seats = form.seats(&object) else { return nil }
            let late = form.optional("late", in: &object) { $0.text($1, 1...100) }
            return Told.Paid(
                booked: Told.Booked(booking: booking, seats: seats.names, isLate: late != nil), ended: ended)
        }
    }

    mutating func fallen(_ reply: [UInt8]) -> Told.Fallen? {
        read(reply) { form, object in
            switch form.required("fell", in: &object, { $0.text($1, 1...100) }) {
            case "hold-ended":
                return form.minted("reservationId", Kinds.Reservation.self, &object).map { .holdEnded($0) }
            case "offered":
                guard let entry = form.minted("entryId", Kinds.Entry.self, &object),
                    let reserved = form.reserved(&object), let passedOver = form.passedOver(&object)
                else { return nil }
                return .offered(entry, reserved, passedOver: passedOver)
            case "entry-ended": return form.minted("entryId", Kinds.Entry.self, &object).map { .entryEnded($0) }
            case "gathering-ended":
                return form.minted("entryId", Kinds.Entry.self, &object).map { .gatheringEnded($0) }
            case "unwound":
                guard let entries = form.allMinted("entries", Kinds.Entry.self, &object),
                    let holds = form.allMinted("holds", Kinds.Reservation.self, &object),
                    let bookings = form.allMinted("bookings", Kinds.Booking.self, &object)
                else { return nil }
                return .unwound(entries: entries, holds: holds, bookings: bookings)
            default: return nil
            }
        }
    }
}

extension Form {
    fileprivate mutating func minted<Kind: NamedKind>(
        _ name: StaticString, _: Kind.Type, _ object: inout Object
    ) -> MintedId<Kind>? {
        required(name, in: &object) { $0.id($1, ScopedId<Kind>.self) }?.id
    }

    fileprivate mutating func allMinted<Kind: NamedKind>(
        _ name: StaticString, _: Kind.Type, _ object: inout Object
    ) -> [MintedId<Kind>]? {
        required(name, in: &object) { form, node in
            form.array(node, 0...Bounds.rowsPerDecision) { $0.id($1, ScopedId<Kind>.self)?.id }
        }
    }

    fileprivate mutating func seats(_ object: inout Object) -> (names: [String], tiers: [String])? {
        let seats = required("seats", in: &object) { form, node in
            form.array(node, 1...Bounds.placesPerReservation) { form, node -> (name: String, tier: String)? in
                guard var seat = form.object(node),
                    let name = form.required("seat", in: &seat, { $0.text($1, 1...1_000) }),
                    let tier = form.required("tier", in: &seat, { $0.text($1, 1...Bounds.nameBytes) })
                else { return nil }
                return (name, tier)
            }
        }
        guard let seats else { return nil }
        var tiers: [String] = []
        for seat in seats where !tiers.contains(seat.tier) { tiers.append(seat.tier) }
        return (seats.map(\.name), tiers)
    }

    fileprivate mutating func reserved(_ object: inout Object) -> Told.Reserved? {
        guard let reservation = minted("reservationId", Kinds.Reservation.self, &object),
            let show = required("showId", in: &object, { $0.id($1, ShowId.self)?.number }),
            let buyer = required("buyer", in: &object, { $0.text($1, 0...Bounds.nameBytes) }),
            let seats = seats(&object)
        else { return nil }
        return Told.Reserved(
            reservation: reservation, show: show, buyer: buyer, seats: seats.names, tiers: seats.tiers)
    }

    fileprivate mutating func passedOver(_ object: inout Object) -> [Told.PassOver]? {
        required("passedOver", in: &object) { form, node in
            form.array(node, 0...Bounds.lookAhead) { form, node -> Told.PassOver? in
                guard var passed = form.object(node),
                    let entry = form.minted("entryId", Kinds.Entry.self, &passed),
                    let quantity = form.required("quantity", in: &passed, { $0.count($1, 1...1_000) }),
                    let free = form.required("free", in: &passed, { $0.count($1, 0...Bounds.placesPerShow) }),
                    let count = form.required("count", in: &passed, { $0.count($1, 1...Bounds.passOvers) })
                else { return nil }
                return Told.PassOver(entry: entry, quantity: quantity, free: free, count: count)
            }
        }
    }
}
