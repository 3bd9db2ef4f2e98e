internal import Pipeline
internal import Postgres
internal import Ticketing
internal import Wire

/// Boards from the tables that workers write.
struct PostgresBoardSource: BoardSource {
    let connection: PostgresConnection
    let cache: FactsCache
    var mostLines = 5_000

    private static let show: SQL = "SELECT version, status FROM show WHERE event = $1 AND number = $2"

    private static let waiting: SQL = """
        SELECT tier, count(*) FROM waitlist_entry WHERE event = $1 AND show = $2 AND status = 0 GROUP BY tier
        """

    private static let claims: SQL = "SELECT place, kind FROM claim WHERE event = $1 AND show = $2"

    func load(_ id: ShowId) throws -> (facts: ShowFacts, snapshot: BoardSnapshot, prices: Prices)? {
        // Everything is looked at as it was at one moment: the version says which changes are in it.
        try connection.transaction(isolation: .repeatableRead, readOnly: true) { session in
            guard let facts = try cache.shows([id], FactsReader(session: session))[id] else { return nil }
            let (event, number) = (id.event.uuid, Int32(clamping: id.number))
            let answers = try session.pipeline { pipeline in
                pipeline.add(Self.show, event, number)
                pipeline.add(TermsReader.newest, [event])
                pipeline.add(Self.waiting, event, number)
            }
            guard let show = try answers[0].oneOrNone() else { return nil }
            let (version, status) = try show.decode((Int64, Int16).self)
            let (_, terms) = try TermsReader.row(answers[1].one())
            var waiting = [Int](repeating: 0, count: facts.layout.tierCount)
            for row in answers[2] {
                let (tier, count) = try row.decode((Int32, Int64).self)
                guard waiting.indices.contains(Int(tier)) else { throw BrokenRow("somebody waits for no tier") }
                waiting[Int(tier)] = Int(count)
            }
            let snapshot = BoardSnapshot(
                layout: facts.layout, version: UInt64(bitPattern: version),
                isCancelled: try word(status, SaleStatus.self) == .cancelled,
                places: try places(event, number, facts.layout, session), waiting: waiting)
            return (facts, snapshot, try prices(terms, facts))
        }
    }

    private func places(
        _ event: PostgresUUID, _ number: Int32, _ layout: ShowLayout, _ session: any PostgresSession
    ) throws -> [UInt8] {
        var places = [UInt8](repeating: PlaceStatus.free.rawValue, count: layout.placeCount)
        try session.stream(Self.claims, event, number) { row in
            let (place, kind) = try row.decode((Int32, Int16).self)
            guard place >= 1, place <= places.count else { throw BrokenRow("a claim of no place") }
            let status: PlaceStatus =
                switch try word(kind, ClaimKind.self) {
                case .held: .held
                case .sold: .sold
                case .blocked: .blocked
                }
            places[Int(place) - 1] = status.rawValue
        }
        return places
    }

    private func prices(_ terms: TermsRow, _ facts: ShowFacts) throws -> Prices {
        guard terms.tiers.count == facts.tiers.count else { throw BrokenRow("terms of other tiers") }
        return Prices(number: terms.number, amounts: terms.tiers.map(\.price), currency: facts.currency)
    }

    func prices(of show: ShowId) throws -> Prices? {
        guard let facts = try cache.shows([show], FactsReader(session: connection))[show],
            let terms = try TermsReader(session: connection).newest(of: [show.event])[show.event]
        else { return nil }
        return try prices(terms, facts)
    }

    func lines(of id: ShowId, after version: UInt64) throws -> [MergedLine] {
        // Beyond the bound loading the show costs less, and more so for whoever follows it. But who comes back with an
        // old version must not take the newest lines from those who have a newer one.
        try ChangeHistory.lines(of: id, after: version, atMost: mostLines, on: connection).map {
            MergedLine(first: $0.first, line: $0.line)
        }
    }
}
