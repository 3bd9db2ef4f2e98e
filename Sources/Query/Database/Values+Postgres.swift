internal import Pipeline
internal import Postgres
internal import Ticketing
internal import Wire

extension ShowId {
    init(_ event: PostgresUUID, _ number: Int32) throws(BrokenRow) {
        guard (1...Int32(Bounds.shows)).contains(number) else { throw BrokenRow("\(number) is no show's number") }
        self.init(EventId(event), Int(number))
    }
}

extension BrokenRow {
    init(_ description: String) { self.init(description: description) }
}
