internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Tells the database several times a second that this ingress is there and by which map it publishes, and reads the
/// newest map. What it could not confirm for two seconds is not published under. How many partitions the desk line has
/// is read once there are any, and stays.
final class Registrar: Sendable {
    private let reception: Reception
    private let desk: Reception
    private let pool: PostgresPool
    private let limited: @Sendable (Int) -> Void
    private let log: Log
    private let time = SystemTime()
    private let stopped = Latch()
    private let thread = Lock<OwnedThread?>(nil)

    private static let interval = Duration.milliseconds(250)
    private static let quickly = Duration.milliseconds(10)
    /// Twice as many misses are still within the trust in a map.
    private static let patience = Duration.milliseconds(500)

    /// - Parameter limited: told how many ingresses there are, among which limits are shared out.
    init(
        reception: Reception, desk: Reception, pool: PostgresPool, log: Log,
        limited: @escaping @Sendable (Int) -> Void
    ) {
        self.reception = reception
        self.desk = desk
        self.pool = pool
        self.log = log
        self.limited = limited
    }

    func start() throws {
        let thread = try OwnedThread(name: "registrar") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Takes this ingress off the list.
    func stop() {
        stopped.open()
        thread.withLock { $0.take() }?.join()
        _ = try? pool.withConnection(timeout: .milliseconds(200)) {
            try $0.execute("DELETE FROM ingress WHERE name = $1", reception.name)
        }
    }

    private func run() {
        var map: RouteMap?
        var reported: Int64 = 0
        var isFailing = false
        repeat {
            reported = reception.confirmedMap
            do {
                let since = time.monotonic
                let newer = try pool.withConnection(timeout: Self.patience) { try turn(map, reported, $0) }
                reception.adopt(newer, since: since)
                map = newer
                if isFailing { log.info("the map of partitions is confirmed again") }
                isFailing = false
            } catch {
                if !isFailing { log.warning("the map of partitions cannot be confirmed", error) }
                isFailing = true
            }
            limited(reception.ingresses)
            // A map that was just taken over is confirmed as soon as nothing is on its way by the old one.
        } while !stopped.wait(for: map?.version ?? reported == reported ? Self.interval : Self.quickly)
    }

    private func turn(_ map: RouteMap?, _ confirmed: Int64, _ connection: PostgresConnection) throws -> RouteMap {
        let (version, desks) = try connection.query(Self.report, reception.name, confirmed).one()
            .decode((Int64, Int?).self)
        if let desks {
            desk.adopt(
                RouteMap(version: 1, hashed: desks, partitions: desks, routes: [:]), since: time.monotonic)
        }
        guard version != map?.version else {
            if let map { return map }
            throw NoLine()
        }
        let line = try connection.query("SELECT partitions, spares FROM line WHERE name = 'seats'").oneOrNone()
        guard let (partitions, spares) = try line?.decode((Int, Int).self) else { throw NoLine() }
        var routes: [EventId: Int] = [:]
        for row in try connection.query("SELECT event, partition FROM event_route") {
            let (event, partition) = try row.decode((PostgresUUID, Int).self)
            routes[EventId(event)] = partition
        }
        return RouteMap(version: version, hashed: partitions, partitions: partitions + spares, routes: routes)
    }

    private struct NoLine: Error, CustomStringConvertible {
        var description: String { "the line “seats” has no partitions yet: its first worker makes them" }
    }

    // Rows of processes that ended without a word go with the next hour's reports.
    private static let report: SQL = """
        WITH gone AS (DELETE FROM ingress WHERE seen_at < now() - interval '1 hour'),
        here AS (
            INSERT INTO ingress (name, seen_at, map_version) VALUES ($1, clock_timestamp(), $2)
            ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, map_version = excluded.map_version
        )
        SELECT version, (SELECT partitions FROM line WHERE name = 'desk') FROM route_map
        """
}
