internal import Postgres
internal import Runtime
internal import Ticketing

/// Reads an event's rows in the order that `Loader` asks for, and passes them on as they come: a large event takes no
/// memory but its state's.
struct EventReader {
    let event: EventId
    /// What ended before is not known any more, and is not read.
    let forgotten: Time
    let session: any PostgresSession

    init(_ event: EventId, at time: Time, in session: any PostgresSession) {
        self.event = event
        let (limit, overflow) = time.microseconds.subtractingReportingOverflow(Bounds.remembered.count * 1_000_000)
        forgotten = Time(microseconds: overflow ? 0 : limit)
        self.session = session
    }

    /// What an event begins with.
    struct Head {
        let row: EventRow
        let terms: [TermsRow]
        let shows: [(row: ShowRow, version: UInt64)]
        /// Which tables have rows of it, so that a new event costs few questions.
        let hasReservations: Bool
        let hasPayments: Bool
        let hasEntries: Bool
        let hasClaims: Bool
        let hasIncidents: Bool
        let hasDisputes: Bool
    }

    /// nil where there is no such event.
    func head() throws -> Head? {
        let answers = try session.pipeline { pipeline in
            pipeline.add(LoadSQL.event, event.uuid)
            pipeline.add(LoadSQL.terms, event.uuid)
            pipeline.add(LoadSQL.shows, event.uuid)
            pipeline.add(LoadSQL.sections, event.uuid)
            pipeline.add(LoadSQL.tables, event.uuid)
        }
        guard let row = try answers[0].oneOrNone() else { return nil }
        var sections = try sections(answers[3])
        let (reservations, payments, entries, claims, incidents, disputes) = try answers[4].one().decode(
            (Bool, Bool, Bool, Bool, Bool, Bool).self)
        return Head(
            row: try eventRow(row), terms: try answers[1].map(termsRow),
            shows: try answers[2].map { try showRow($0, &sections) }, hasReservations: reservations,
            hasPayments: payments, hasEntries: entries, hasClaims: claims, hasIncidents: incidents,
            hasDisputes: disputes)
    }

    /// Everything else.
    func rows(behind head: Head, _ body: (Row) throws -> Void) throws {
        for show in head.shows { try body(.show(show.row, version: show.version)) }
        if head.hasReservations {
            try read(LoadSQL.reservations, forgotten.timestamp) { try body(.reservation(reservationRow($0))) }
        }
        if head.hasPayments {
            try read(LoadSQL.payments) { try body(.payment(paymentRow($0))) }
            try read(LoadSQL.refunds) { try body(.refund(refundRow($0))) }
            if head.hasDisputes { try read(LoadSQL.disputes) { try body(.dispute(disputeRow($0))) } }
            try read(LoadSQL.bookings) { try body(.booking(bookingRow($0))) }
        }
        if head.hasEntries {
            try read(LoadSQL.entries, forgotten.timestamp) { try body(.entry(entryRow($0))) }
        }
        if head.hasClaims { try claims(body) }
        if head.hasPayments {
            try read(LoadSQL.checkIns) { try body(.checkIn(checkInRow($0))) }
        }
        if head.hasIncidents {
            try read(LoadSQL.incidents) { try body(.incident(incidentRow($0))) }
        }
    }

    private func read<each Parameter: PostgresEncodable>(
        _ statement: SQL, _ parameters: repeat each Parameter, row body: (PostgresRow) throws -> Void
    ) throws {
        try session.stream(statement, event.uuid, repeat each parameters, row: body)
    }

    /// Neighbouring places in the same hands become one row.
    private func claims(_ body: (Row) throws -> Void) throws {
        var run: (show: Int32, first: UInt32, count: Int, holder: ReservationId?, kind: ClaimKind)?
        func flush() throws {
            guard let run else { return }
            try body(
                .claims(
                    Claims(
                        show: ShowNumber(run.show), places: PlaceList(from: run.first, count: run.count),
                        holder: run.holder, kind: run.kind)))
        }
        try read(LoadSQL.claims) { row in
            let (show, place, holder, index, kind) = try row.decode((Int32, Int32, PostgresUUID?, Int32?, Int16).self)
            let number = UInt32(bitPattern: place)
            let claim = (holder: ReservationId(holder, index), kind: try word(kind, ClaimKind.self))
            if let last = run, last.show == show, last.first + UInt32(last.count) == number,
                last.holder == claim.holder, last.kind == claim.kind
            {
                run?.count += 1
            } else {
                try flush()
                run = (show, number, 1, claim.holder, claim.kind)
            }
        }
        try flush()
    }
}

/// A row that cannot be one of ours.
package struct BrokenRow: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// A number as the case that it stands for.
package func word<Word: RawRepresentable<UInt8>>(_ number: Int16, _: Word.Type = Word.self) throws -> Word {
    guard let raw = UInt8(exactly: number), let word = Word(rawValue: raw) else {
        throw BrokenRow(description: "\(number) is no \(Word.self)")
    }
    return word
}
