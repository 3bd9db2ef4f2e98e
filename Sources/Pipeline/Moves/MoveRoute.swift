internal import Postgres
internal import Sealing
internal import Ticketing
internal import Wire

/// The row that sends an event to another partition than its id says.
struct MoveRoute {
    enum State: String {
        case moving, out, here
    }

    let event: EventId
    let tenant: TenantId
    let partition: Int
    let previous: Int
    /// Of the route, which rises with each of the event's moves.
    let version: Int64
    /// Of the map of all routes.
    let mapVersion: Int64
    let state: State

    /// Writes the route for a goal, or finds the one that is on its way there.
    static func plan(
        _ event: EventId, _ goal: EventMover.Goal, on connection: PostgresConnection
    ) throws -> MoveRoute {
        try connection.transaction { transaction in
            // One move is planned at a time: two must not take the same spare.
            let mapVersion: Int64 = try transaction.query("SELECT version FROM route_map FOR UPDATE").one().get(0)
            let tenant: PostgresUUID? = try transaction.query(
                "SELECT tenant FROM event WHERE id = $1", uuid(event)
            ).oneOrNone()?.get(0)
            guard let tenant else { throw MoveError.noSuchEvent }
            let line = try transaction.query("SELECT partitions, spares FROM line WHERE name = 'seats'").oneOrNone()
            guard let (hashed, spares) = try line?.decode((Int, Int).self) else { throw MoveError.noLine }
            let old = try transaction.query(
                "SELECT partition, previous, version, state FROM event_route WHERE event = $1", uuid(event)
            ).oneOrNone()?.decode((Int, Int, Int64, String).self)
            let home = Keys.partition(of: event, among: hashed)
            let current = old?.0 ?? home
            func route(_ partition: Int, _ previous: Int, _ version: Int64, _ map: Int64, _ state: State) -> MoveRoute {
                MoveRoute(
                    event: event, tenant: TenantId(high: tenant.high, low: tenant.low), partition: partition,
                    previous: previous, version: version, mapVersion: map, state: state)
            }
            let isThere = goal == .undedicate ? current == home : current >= hashed
            if let (partition, previous, version, text) = old, let state = State(rawValue: text), state != .here {
                guard isThere else { throw MoveError.busy(to: partition) }
                return route(partition, previous, version, mapVersion, state)
            }
            if isThere { return route(current, current, old?.2 ?? 0, mapVersion, .here) }
            let target =
                goal == .undedicate ? home : try freeSpare(hashed..<hashed + spares, besides: event, in: transaction)
            let version = (old?.2 ?? 0) + 1
            try transaction.execute(
                """
                INSERT INTO event_route (event, partition, previous, version) VALUES ($1, $2, $3, $4)
                ON CONFLICT (event) DO UPDATE SET partition = excluded.partition, previous = excluded.previous,
                    version = excluded.version, state = 'moving', digest = NULL, left_at = NULL
                """, uuid(event), Int32(target), Int32(current), version)
            try transaction.execute("UPDATE route_map SET version = version + 1")
            return route(target, current, version, mapVersion + 1, .moving)
        }
    }

    private static func freeSpare(
        _ spares: Range<Int>, besides event: EventId, in transaction: PostgresTransaction
    ) throws -> Int {
        let taken = Set(
            try transaction.query(
                """
                SELECT partition FROM event_route WHERE event <> $1
                UNION SELECT previous FROM event_route WHERE event <> $1 AND state <> 'here'
                """, uuid(event)
            ).map { try $0.get(0, as: Int.self) })
        guard let spare = spares.first(where: { !taken.contains($0) }) else { throw MoveError.noSpare }
        return spare
    }

    static func state(of event: EventId, on connection: PostgresConnection) throws -> State? {
        let text: String? = try connection.query(
            "SELECT state FROM event_route WHERE event = $1", uuid(event)
        ).oneOrNone()?.get(0)
        return text.flatMap { State(rawValue: $0) }
    }

    private static func uuid(_ event: EventId) -> PostgresUUID { PostgresUUID(high: event.high, low: event.low) }

    /// The old partition's last command about the event. Said twice, it is the same command.
    var lastWord: [UInt8] {
        var bytes = Array("turnstile move".utf8)
        bytes.append(bigEndian: event.high)
        bytes.append(bigEndian: event.low)
        bytes.append(bigEndian: UInt64(bitPattern: version))
        let id = SHA256.hash(bytes).withUnsafeBytes { hash in
            let high = UInt64(bigEndian: hash.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            let low = UInt64(bigEndian: hash.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return CommandId(high: high & ~0xF000 | 0x5000, low: low & ~(0b11 << 62) | 0b10 << 62)
        }
        let content = Content(.moveOut(to: partition, version: UInt64(bitPattern: version)))
        var line: [UInt8] = []
        WireCommand(id: id, tenant: tenant, event: event, content: content).appendLine(to: &line)
        return line
    }
}
