public import Postgres
public import RabbitMQ
internal import Runtime
internal import Sealing
public import Ticketing
internal import Wire

/// Moves an event to another partition while it is sold: to a spare that it has for itself, or back to where its id
/// says.
///
/// A route is written; every ingress publishes by it or has lapsed; a last word goes to the old partition, whose owner
/// lets go of the event; the new owner takes it up. Each step can be done again: a move that was interrupted goes on
/// where it was when it is asked for once more.
public struct EventMover: Sendable {
    public enum Goal: Hashable, Sendable {
        /// A spare partition.
        case dedicate
        /// The partition of its id.
        case undedicate
    }

    public struct Options: Sendable {
        /// An ingress that was not seen for so long publishes nothing any more: it trusts a map for two seconds.
        public var lapse = Duration.seconds(5)
        /// How long the ingresses, and then the owners, may take.
        public var patience = Duration.seconds(30)
        public var interval = Duration.milliseconds(20)
        public init() {}
    }

    private let database: PostgresSettings
    private let broker: ConnectionSettings
    private let options: Options
    private let time = SystemTime()

    public init(database: PostgresSettings, broker: ConnectionSettings, options: Options = Options()) {
        self.database = database
        self.broker = broker
        self.options = options
    }

    /// Blocks until the new owner has the event.
    ///
    /// - Returns: the partition that decides it now.
    public func move(_ event: EventId, _ goal: Goal) throws -> Int {
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        let route = try MoveRoute.plan(event, goal, on: connection)
        guard route.state != .here else { return route.partition }
        if route.state == .moving {
            try waitForIngresses(route, connection)
            try sayLastWord(route)
        }
        try waitUntilHere(route, connection)
        return route.partition
    }

    private func waitForIngresses(_ route: MoveRoute, _ connection: PostgresConnection) throws {
        try wait("every ingress knows the new route") {
            let behind: Int = try connection.query(
                """
                SELECT count(*) FROM ingress
                WHERE map_version < $1 AND seen_at > clock_timestamp() - $2 * interval '1 microsecond'
                """, route.mapVersion, options.lapse.microseconds
            ).one().get(0)
            return behind == 0
        }
    }

    private func waitUntilHere(_ route: MoveRoute, _ connection: PostgresConnection) throws {
        try wait("the owners have handed the event over") {
            try MoveRoute.state(of: route.event, on: connection) == .here
        }
    }

    private func wait(_ what: String, until isSo: () throws -> Bool) throws {
        let deadline = time.monotonic + options.patience
        let never = Latch()
        while !(try isSo()) {
            guard time.monotonic < deadline else { throw MoveError.tooSlow(what) }
            _ = never.wait(for: options.interval)
        }
    }

    /// Behind everything that was published by older maps.
    private func sayLastWord(_ route: MoveRoute) throws {
        do {
            try OneMessage.publish(
                route.lastWord, to: Topology.seats, by: Topology.routingKey(partition: route.previous), at: broker)
        } catch let error as OneMessage.Unheard {
            throw MoveError.unheard(error.description)
        }
    }
}

/// Why an event was not moved.
public enum MoveError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchEvent
    case noSpare
    case noLine
    /// It is on its way somewhere else.
    case busy(to: Int)
    case tooSlow(String)
    case unheard(String)

    public var description: String {
        switch self {
        case .noSuchEvent: "there is no event with this id"
        case .noSpare: "every spare partition has an event already: take one back first (undedicate)"
        case .noLine: "the line “seats” has no partitions yet: its first worker makes them"
        case .busy(let partition): "the event is on its way to partition \(partition): wait, or ask for that again"
        case .tooSlow(let what): "it took too long until \(what); ask again, and the move goes on from here"
        case .unheard(let reason):
            """
            the old partition's queue did not take the last word (\(reason)); ask again, and the move goes on from here
            """
        }
    }
}
