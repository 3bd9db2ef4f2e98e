internal import Pipeline
internal import Postgres
internal import Ticketing

/// Reads prices and refund policies.
struct TermsReader {
    let session: any PostgresSession

    private static let byNumber: SQL = """
        SELECT t.event, t.number, names, prices, hours, percents
        FROM unnest($1::uuid[], $2::integer[]) AS w (event, number)
        JOIN terms AS t ON t.event = w.event AND t.number = w.number
        """

    static let newest: SQL = """
        SELECT t.event, t.number, names, prices, hours, percents
        FROM unnest($1::uuid[]) AS w (id),
            LATERAL (SELECT * FROM terms WHERE event = w.id ORDER BY number DESC LIMIT 1) AS t
        """

    func terms(_ keys: [FactsCache.TermsKey]) throws -> [FactsCache.TermsKey: TermsRow] {
        guard !keys.isEmpty else { return [:] }
        var found: [FactsCache.TermsKey: TermsRow] = [:]
        for row in try session.query(Self.byNumber, keys.map(\.event.uuid), keys.map { Int32(clamping: $0.number) }) {
            let (event, terms) = try Self.row(row)
            found[FactsCache.TermsKey(event: event, number: terms.number)] = terms
        }
        return found
    }

    /// What holds for what is sold now.
    func newest(of events: [EventId]) throws -> [EventId: TermsRow] {
        var found: [EventId: TermsRow] = [:]
        for row in try session.query(Self.newest, events.map(\.uuid)) {
            let (event, terms) = try Self.row(row)
            found[event] = terms
        }
        return found
    }

    static func row(_ row: PostgresRow) throws -> (EventId, TermsRow) {
        let (event, number, names, prices, hours, percents) = try row.decode(
            (PostgresUUID, Int32, [String], [Int64], [Int], [Int]).self)
        let terms = TermsRow(
            number: Int(number), tiers: zip(names, prices).map { TierSpec(name: Label($0), price: $1) },
            policy: zip(hours, percents).map { PolicyStep(hoursBefore: $0, percent: $1) })
        return (EventId(event), terms)
    }
}
