internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Events as they are described and sold now.
struct EventRows {
    struct Event {
        let row: EventRow
        let terms: TermsRow
    }

    private var events: [EventId: Event] = [:]

    init(_ rows: PostgresResult?, _ terms: PostgresResult?) throws {
        guard let rows, let terms else { return }
        var newest: [EventId: TermsRow] = [:]
        for row in terms {
            let (event, terms) = try TermsReader.row(row)
            newest[event] = terms
        }
        for row in rows {
            let row = try Self.row(row)
            guard let terms = newest[row.event] else { continue }
            events[row.event] = Event(row: row, terms: terms)
        }
    }

    subscript(id: EventId) -> Event? { events[id] }

    private static func row(_ row: PostgresRow) throws -> EventRow {
        var settings = Settings()
        settings.maxTicketsPerBuyer = Int(try row.get(14, as: Int32.self))
        settings.hold = Seconds(try row.get(15))
        settings.payment = Seconds(try row.get(16))
        settings.offer = Seconds(try row.get(17))
        settings.maxPassOvers = Int(try row.get(18, as: Int32.self))
        let code: String = try row.get(13)
        guard let currency = Currency(code) else { throw BrokenRow("“\(code)” is no currency") }
        let details = EventDetails(
            name: Label(try row.get(2)), description: Label(try row.get(3)), category: Label(try row.get(4)),
            language: Label(try row.get(5)), durationMinutes: try row.get(6, as: Int64?.self).map { Int($0) },
            venue: Label(try row.get(7)), city: Label(try row.get(8)), country: Label(try row.get(9)),
            latitude: try row.get(10), longitude: try row.get(11),
            performers: try row.get(12, as: [String].self).map { Label($0) })
        return EventRow(
            event: EventId(try row.get(0)), tenant: TenantId(try row.get(1)), details: details, currency: currency,
            settings: settings, status: try word(try row.get(19)))
    }

    /// By event, in the order of their numbers.
    static func shows(_ rows: PostgresResult) throws -> [EventId: [EventRecord.Show]] {
        var shows: [EventId: [EventRecord.Show]] = [:]
        for row in rows {
            let (event, number, startsAt, endsAt, salesStart, salesEnd, status) = try row.decode(
                (PostgresUUID, Int32, Timestamp, Timestamp?, Timestamp?, Timestamp?, Int16).self)
            let id = try ShowId(event, number)
            shows[id.event, default: []].append(
                EventRecord.Show(
                    id: id, startsAt: Time(startsAt), endsAt: endsAt.map { Time($0) },
                    salesStart: salesStart.map { Time($0) }, salesEnd: salesEnd.map { Time($0) },
                    status: try word(status)))
        }
        return shows
    }
}
