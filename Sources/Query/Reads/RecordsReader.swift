internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Looks up many things by their ids in few round trips: one for all rows, and one or two more where something about
/// their shows is not known yet.
struct RecordsReader {
    let session: any PostgresSession
    let cache: FactsCache
    let lines: WaitingLines

    /// Those that there are.
    func read(_ lookups: some Sequence<Lookup>) throws -> [Lookup: Record] {
        var wanted = Wanted()
        for lookup in lookups { wanted.add(lookup) }
        guard !wanted.isEmpty else { return [:] }
        let questions = wanted.questions
        let results = try session.pipeline { pipeline in
            for question in questions { wanted.ask(question, pipeline) }
        }
        let answers = Dictionary(zip(questions, results)) { first, _ in first }
        var found: [Lookup: Record] = [:]
        let events = try EventRows(answers[.events], answers[.terms])
        try self.events(wanted.events, answers[.showsOfEvents], events, &found)
        if let rows = answers[.shows] { try shows(rows, events, &found) }
        if let rows = answers[.reservations] { try reservations(rows, &found) }
        if let rows = answers[.bookings], let tickets = answers[.ticketsOfBookings] {
            try bookings(rows, tickets, events, &found)
        }
        if let rows = answers[.payments] { try payments(rows, &found) }
        if let rows = answers[.entries] { try entries(rows, &found) }
        if let rows = answers[.tickets] { try tickets(rows, &found) }
        return found
    }

    private enum Question: Hashable {
        case events, terms, showsOfEvents, shows, reservations, bookings, ticketsOfBookings, payments, entries, tickets
    }

    /// What is asked for, by its kind.
    private struct Wanted {
        var events: [EventId] = []
        var shows: [ShowId] = []
        var reservations = IdColumns<Kinds.Reservation>()
        var bookings = IdColumns<Kinds.Booking>()
        var payments = IdColumns<Kinds.Payment>()
        var entries = IdColumns<Kinds.Entry>()
        var tickets = IdColumns<Kinds.Ticket>()
        private(set) var isEmpty = true

        mutating func add(_ lookup: Lookup) {
            isEmpty = false
            switch lookup {
            case .event(let id): events.append(id)
            case .show(let id): shows.append(id)
            case .reservation(let id): reservations.append(id)
            case .booking(let id): bookings.append(id)
            case .payment(let id): payments.append(id)
            case .entry(let id): entries.append(id)
            case .ticket(let id): tickets.append(id)
            }
        }

        /// Shows and bookings are told with what their events are called now.
        private var described: Set<EventId> { Set(events + shows.map(\.event) + bookings.ids.map(\.event)) }

        var questions: [Question] {
            var questions: [Question] = []
            if !described.isEmpty { questions += [.events, .terms] }
            if !events.isEmpty { questions.append(.showsOfEvents) }
            if !shows.isEmpty { questions.append(.shows) }
            if !reservations.isEmpty { questions.append(.reservations) }
            if !bookings.isEmpty { questions += [.bookings, .ticketsOfBookings] }
            if !payments.isEmpty { questions.append(.payments) }
            if !entries.isEmpty { questions.append(.entries) }
            if !tickets.isEmpty { questions.append(.tickets) }
            return questions
        }

        func ask(_ question: Question, _ pipeline: PostgresPipeline) {
            switch question {
            case .events: pipeline.add(RecordSQL.events, described.map(\.uuid))
            case .terms: pipeline.add(TermsReader.newest, described.map(\.uuid))
            case .showsOfEvents: pipeline.add(RecordSQL.showsOfEvents, events.map(\.uuid))
            case .shows:
                pipeline.add(RecordSQL.shows, shows.map(\.event.uuid), shows.map { Int32(clamping: $0.number) })
            case .reservations: reservations.add(RecordSQL.reservations, to: pipeline)
            case .bookings: bookings.add(RecordSQL.bookings, to: pipeline)
            case .ticketsOfBookings: bookings.add(RecordSQL.ticketsOfBookings, to: pipeline)
            case .payments: payments.add(RecordSQL.payments, to: pipeline)
            case .entries: entries.add(RecordSQL.entries, to: pipeline)
            case .tickets: tickets.add(RecordSQL.tickets, to: pipeline)
            }
        }
    }

    // MARK: what is sold

    private func events(
        _ wanted: [EventId], _ rows: PostgresResult?, _ events: EventRows, _ found: inout [Lookup: Record]
    ) throws {
        guard let rows else { return }
        let shows = try EventRows.shows(rows)
        for id in wanted {
            guard let event = events[id] else { continue }
            found[.event(id)] = .event(EventRecord(row: event.row, terms: event.terms, shows: shows[id] ?? []))
        }
    }

    private func shows(_ rows: PostgresResult, _ events: EventRows, _ found: inout [Lookup: Record]) throws {
        let rows = try rows.map { row in
            let (event, number, status, version) = try row.decode((PostgresUUID, Int32, Int16, Int64).self)
            return (id: try ShowId(event, number), status: try word(status, SaleStatus.self), version: version)
        }
        let facts = try facts(of: rows.map(\.id))
        for row in rows {
            guard let event = events[row.id.event], let facts = facts[row.id] else { continue }
            found[.show(row.id)] = .show(
                ShowRecord(
                    facts: facts, event: event.row, terms: event.terms, status: row.status,
                    version: UInt64(bitPattern: row.version)))
        }
    }

    func facts(of ids: [ShowId]) throws -> [ShowId: ShowFacts] {
        try cache.shows(ids, FactsReader(session: session))
    }

    func terms(_ keys: [FactsCache.TermsKey]) throws -> [FactsCache.TermsKey: TermsRow] {
        try cache.terms(keys, TermsReader(session: session))
    }
}
