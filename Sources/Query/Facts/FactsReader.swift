internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Reads what never changes about shows.
struct FactsReader {
    let session: any PostgresSession

    private static let shows: SQL = """
        SELECT w.event, w.number, e.tenant, e.currency, s.starts_at, s.ends_at, s.sales_start, s.sales_end,
            t.names
        FROM unnest($1::uuid[], $2::integer[]) AS w (event, number)
        JOIN show AS s ON s.event = w.event AND s.number = w.number
        JOIN event AS e ON e.id = w.event
        JOIN terms AS t ON t.event = w.event AND t.number = 0
        """

    private static let sections: SQL = """
        SELECT w.event, w.number, section.value ->> 'name', section.value ->> 'tier',
            (section.value ->> 'capacity')::bigint,
            ARRAY(
                SELECT value ->> 'name' FROM jsonb_array_elements(section.value -> 'rows') WITH ORDINALITY
                ORDER BY ordinality),
            ARRAY(
                SELECT (value ->> 'seats')::bigint FROM jsonb_array_elements(section.value -> 'rows')
                WITH ORDINALITY ORDER BY ordinality)
        FROM unnest($1::uuid[], $2::integer[]) AS w (event, number)
        JOIN show AS s ON s.event = w.event AND s.number = w.number,
            jsonb_array_elements(s.layout) WITH ORDINALITY AS section (value, position)
        ORDER BY w.event, w.number, section.position
        """

    /// Those that there are.
    func shows(_ ids: [ShowId]) throws -> [ShowId: ShowFacts] {
        guard !ids.isEmpty else { return [:] }
        let (events, numbers) = (ids.map(\.event.uuid), ids.map { Int32(clamping: $0.number) })
        let answers = try session.pipeline { pipeline in
            pipeline.add(Self.shows, events, numbers)
            pipeline.add(Self.sections, events, numbers)
        }
        let sections = try sections(answers[1])
        var facts: [ShowId: ShowFacts] = [:]
        for row in answers[0] {
            let (event, number, tenant, currency, startsAt, endsAt, salesStart, salesEnd, names) = try row.decode(
                (
                    PostgresUUID, Int32, PostgresUUID, String, Timestamp, Timestamp?, Timestamp?, Timestamp?, [String]
                ).self)
            let id = try ShowId(event, number)
            let tiers = names.map { Label($0) }
            guard let currency = Currency(currency) else { throw BrokenRow("“\(currency)” is no currency") }
            guard let layout = ShowLayout(sections[id] ?? [], tiers: tiers) else {
                throw BrokenRow("the layout of \(id.text) is none")
            }
            facts[id] = ShowFacts(
                id: id, tenant: TenantId(tenant), currency: currency, tiers: tiers, layout: layout,
                startsAt: Time(startsAt), endsAt: endsAt.map { Time($0) }, salesStart: salesStart.map { Time($0) },
                salesEnd: salesEnd.map { Time($0) })
        }
        return facts
    }

    private func sections(_ result: PostgresResult) throws -> [ShowId: [SectionSpec]] {
        var sections: [ShowId: [SectionSpec]] = [:]
        for row in result {
            let (event, number, name, tier, capacity, names, seats) = try row.decode(
                (PostgresUUID, Int32, String, String, Int?, [String], [Int]).self)
            let rows = zip(names, seats).map { RowSpec(name: Label($0), seats: $1) }
            sections[try ShowId(event, number), default: []].append(
                SectionSpec(
                    name: Label(name), tier: Label(tier),
                    seating: capacity.map { .general(capacity: $0) } ?? .rows(rows)))
        }
        return sections
    }
}
