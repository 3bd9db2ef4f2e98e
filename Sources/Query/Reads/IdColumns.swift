internal import Pipeline
internal import Postgres
internal import Ticketing
internal import Wire

/// Ids as three columns, to be looked up together.
struct IdColumns<Kind: NamedKind> {
    private(set) var ids: [ScopedId<Kind>] = []

    mutating func append(_ id: ScopedId<Kind>) { ids.append(id) }

    var isEmpty: Bool { ids.isEmpty }

    func add(_ statement: SQL, to pipeline: PostgresPipeline) {
        pipeline.add(
            statement, PostgresArray(ids) { $0.event.uuid }, PostgresArray(ids) { $0.id.uuid },
            PostgresArray(ids) { $0.id.number })
    }
}

extension ScopedId {
    init(_ event: PostgresUUID, _ id: PostgresUUID, _ number: Int32) {
        self.init(EventId(event), MintedId(id, number))
    }
}
