public import Ticketing
internal import Wire

/// Proves from what was asked and answered, without the rule book, what buyers were promised: no place is two
/// buyers' at once, nobody has more places of a show than one may, and whoever waits is served in turn, unless the
/// answer itself says who was passed over and why.
public struct PromiseCheck: ~Copyable {
    private var events: [EventId: SoldPlaces] = [:]
    private var reader = AnswerReader()
    private var decoder = CommandDecoder()
    /// What a partition decided about an event that it took up at the same time at which the old one let go of it:
    /// then the old one's word may come later here.
    private var held: [Place: (from: Int, rows: [JournalRow])] = [:]
    /// Events on their way to a partition, and from where.
    private var out: [Place: Int] = [:]
    /// Decisions that gave or took places or turns.
    public private(set) var followed = 0

    private struct Place: Hashable {
        let event: EventId
        let partition: Int
    }

    private let older: Set<EventId>

    /// - Parameter older: events whose first entries are gone: what was told of them before is not known, so that
    ///   nothing can be said about what was told later.
    public init(leavingOut older: Set<EventId> = []) { self.older = older }

    /// Takes entries in the order of their batches' times, those of one partition in the order of the journal.
    public mutating func add(_ rows: [JournalRow], _ found: inout Findings) {
        for row in rows where row.status < 300 && !older.contains(row.event) { add(row, &found) }
    }

    /// Says of which events the old partitions' last words are missing.
    public mutating func finish(_ found: inout Findings) {
        for rows in held.values.sorted(by: { ($0.rows[0].event, $0.from) < ($1.rows[0].event, $1.from) }) {
            found.add(Finding(.move, rows.rows[0], "moved in, but partition \(rows.from) had not let go of it"))
        }
    }

    private mutating func add(_ row: JournalRow, _ found: inout Findings) {
        let place = Place(event: row.event, partition: row.partition)
        if held[place] != nil {
            held[place]?.rows.append(row)
            return
        }
        do throws(SoldPlaces.Violation) {
            switch row.kind {
            case .decided: try decided(row)
            case .fellDue: try fellDue(row)
            case .movedOut: try movedOut(row, &found)
            case .movedIn: try movedIn(row)
            case .parked: break
            }
        } catch {
            found.add(Finding(error.code, row, error.text))
        }
    }

    private mutating func movedOut(_ row: JournalRow, _ found: inout Findings) throws(SoldPlaces.Violation) {
        guard let content = content(of: row), case .moveOut(let target, _) = content.order else {
            throw unreadable("payload")
        }
        let place = Place(event: row.event, partition: target)
        guard let waiting = held[place], waiting.from == row.partition else {
            out[place] = row.partition
            return
        }
        held[place] = nil
        for row in waiting.rows.dropFirst() { add(row, &found) }
    }

    private mutating func movedIn(_ row: JournalRow) throws(SoldPlaces.Violation) {
        guard let source = reader.movedFrom(row.reply) else { throw unreadable("answer") }
        let place = Place(event: row.event, partition: row.partition)
        if out[place] == source {
            out[place] = nil
        } else {
            held[place] = (from: source, rows: [row])
        }
    }

    /// How many places somebody has, by event and show, in the order of their ids.
    public var takenPlaces: [(event: EventId, show: ShowNumber, places: Int)] {
        events.keys.sorted().flatMap { event in
            let shows = events[event]?.takenPlaces ?? [:]
            return shows.keys.sorted().map { (event: event, show: $0, places: shows[$0] ?? 0) }
        }
    }

    private mutating func decided(_ row: JournalRow) throws(SoldPlaces.Violation) {
        guard let content = content(of: row) else { throw unreadable("payload") }
        switch content.order {
        case .create(let command): events[row.event] = SoldPlaces(limit: command.settings.maxTicketsPerBuyer)
        case .existing(let command): try decided(command, row)
        case .moveOut: break
        }
    }

    private func unreadable(_ what: String) -> SoldPlaces.Violation {
        SoldPlaces.Violation(.form, "the \(what) cannot be read")
    }

    private mutating func content(of row: JournalRow) -> Content? {
        row.payload.withUnsafeBytes { try? decoder.decode(payload: $0, event: row.event) }
    }

    private mutating func decided(_ command: Command, _ row: JournalRow) throws(SoldPlaces.Violation) {
        followed += 1
        switch command {
        case .reserve:
            guard let told = reader.reserved(row.reply) else { throw unreadable("answer") }
            try events[row.event]?.take(told.reservation, told, isOffer: false)
        case .release(let id): events[row.event]?.free(id)
        case .joinWaitlist(let join):
            guard let told = reader.joined(row.reply) else { throw unreadable("answer") }
            try events[row.event]?.join(
                told.entry, show: join.show, tier: join.tier.text, quantity: join.quantity, position: told.position)
        case .leaveWaitlist(let entry): events[row.event]?.leave(entry)
        case .checkout(let checkout): events[row.event]?.checkOut(checkout.reservation)
        case .paymentResult, .paymentDispute, .refundReported:
            guard let told = reader.paid(row.reply) else { throw unreadable("answer") }
            if let booked = told.booked {
                try events[row.event]?.book(ReservationId(booked.booking), booked.seats, isLate: booked.isLate)
            }
            if let ended = told.ended { events[row.event]?.free(ReservationId(ended)) }
        case .cancelBooking(let id): events[row.event]?.free(ReservationId(id))
        case .refundBooking(let id, .tickets(let tickets)):
            // A ticket's id is its booking's with the position of its place.
            events[row.event]?.free(ReservationId(id), positions: tickets.map { Int($0.index & 0xFF) })
        case .refundBooking, .changeEvent, .cancelEvent, .addShow, .cancelShow, .block, .unblock, .extend,
            .paymentCreated, .refundResult, .checkIn:
            followed -= 1
        }
    }

    private mutating func fellDue(_ row: JournalRow) throws(SoldPlaces.Violation) {
        guard let told = reader.fallen(row.reply) else { throw unreadable("answer") }
        followed += 1
        switch told {
        case .holdEnded(let id): events[row.event]?.free(id)
        case .offered(let entry, let reserved, let passedOver):
            try events[row.event]?.offer(entry, reserved.reservation, passedOver: passedOver)
            try events[row.event]?.take(reserved.reservation, reserved, isOffer: true)
        case .entryEnded(let entry): events[row.event]?.leave(entry)
        case .gatheringEnded(let entry): events[row.event]?.stopGathering(entry)
        case .unwound(let entries, let holds, let bookings):
            for entry in entries { events[row.event]?.leave(entry) }
            for hold in holds { events[row.event]?.free(hold) }
            for booking in bookings { events[row.event]?.free(ReservationId(booking)) }
        }
    }
}
