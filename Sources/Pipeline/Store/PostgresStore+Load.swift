internal import Postgres
internal import Runtime
internal import Sealing
public import Ticketing

extension PostgresStore {
    public func load(_ event: EventId, for partition: Int, at time: Time) throws(StoreError) -> LoadedEvent {
        try StoreError.catching {
            do {
                // One snapshot: what is read is what some commit left.
                return try connection.transaction(isolation: .repeatableRead, readOnly: true) { transaction in
                    try load(event, for: partition, at: time, in: transaction)
                }
            } catch let error as LoadError {
                return .broken(error.description)
            } catch let error as BrokenRow {
                return .broken(error.description)
            } catch let error as PostgresError where error.isAboutValues {
                return .broken(error.description)
            }
        }
    }

    private func load(
        _ event: EventId, for partition: Int, at time: Time, in transaction: PostgresTransaction
    ) throws -> LoadedEvent {
        let route = try route(of: event, in: transaction)
        switch route?.decider ?? .partition(Keys.partition(of: event, among: hashedPartitions)) {
        case .partition(let owner):
            guard owner == partition else { return .elsewhere(owner) }
            // On its way elsewhere it still belongs here: it has to be let go of first.
            return try state(of: event, at: time, in: transaction).map { .event($0) } ?? .missing
        case .moving(let from, let to):
            if to == partition { return .arriving }
            guard from == partition else { return .elsewhere(from) }
            return try state(of: event, at: time, in: transaction).map { .event($0) } ?? .missing
        case .out(let from, let to, let version, let digest, let at):
            guard to == partition else { return .elsewhere(to) }
            guard let state = try state(of: event, at: max(at, time), in: transaction) else { return .missing }
            return .arrived(state, version: version, from: from, digest: digest, at: at)
        }
    }

    private func state(
        of event: EventId, at time: Time, in transaction: PostgresTransaction
    ) throws -> EventState? {
        let reader = EventReader(event, at: time, in: transaction)
        guard let head = try reader.head() else { return nil }
        var loader = try Loader(head.row, terms: head.terms, at: time)
        try reader.rows(behind: head) { try loader.add($0) }
        return try loader.finish()
    }

    /// What `event_route` says of an event.
    private struct Route {
        enum Decider {
            case partition(Int)
            case moving(from: Int, to: Int)
            case out(from: Int, to: Int, version: UInt64, Digest, at: Time)
        }
        let decider: Decider
    }

    private func route(of event: EventId, in transaction: PostgresTransaction) throws -> Route? {
        guard let row = try transaction.query(LoadSQL.route, event.uuid).oneOrNone() else { return nil }
        let (partition, previous, version, state, digest, leftAt) = try row.decode(
            (Int, Int, Int64, String, [UInt8]?, Timestamp?).self)
        switch (state, digest, leftAt) {
        case ("here", _, _): return Route(decider: .partition(partition))
        case ("moving", _, _): return Route(decider: .moving(from: previous, to: partition))
        case ("out", .some(let digest), .some(let leftAt)):
            return Route(
                decider: .out(
                    from: previous, to: partition, version: UInt64(bitPattern: version), try Digest(digest),
                    at: Time(leftAt)))
        default: throw BrokenRow(description: "the event's route is “\(state)” without its digest or time")
        }
    }
}

extension PostgresError {
    /// Whether a stored value is not what its column is for: a text where JSON has a number, a time beyond all times.
    fileprivate var isAboutValues: Bool {
        code == .unexpectedNull || code == .unsupportedValue || sqlState?.classCode == "22"
    }
}
