internal import Glibc
internal import Postgres
internal import Runtime
internal import Sealing
public import Ticketing

extension PostgresStore {
    public func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood {
        try StoreError.catching {
            try retireChanges()
            let healthy = beat.healthy
            let answers = try connection.pipeline { pipeline in
                pipeline.add(Self.prepareWeeks)
                pipeline.add(
                    Self.upsertWorker, beat.worker.text, line, Self.host, Int32(getpid()), beat.isDraining,
                    Int32(clamping: beat.owned), Int64(clamping: beat.decided), Int32(clamping: beat.loadedEvents))
                pipeline.add(
                    Self.resetCrashes, line, PostgresArray(healthy) { Int32($0.number) },
                    PostgresArray(healthy) { Int64(bitPattern: $0.epoch) })
                pipeline.add(Self.listMembers, line)
                pipeline.add(Self.listPartitions, line)
                pipeline.add(Self.listArrivals)
            }
            let (shouldDrain, now) = try answers[1].one().decode((Bool, Timestamp).self)
            return Neighbourhood(
                now: Time(now), members: try answers[3].values(of: String.self).map { WorkerId($0) }.sorted(),
                partitions: try answers[4].map { row in
                    let (number, owner, isAlive, epoch, isPaused) = try row.decode(
                        (Int, String?, Bool, Int64, Bool).self)
                    return Ownership(
                        number: number, owner: owner.map { WorkerId($0) }, isOwnerAlive: isAlive,
                        epoch: UInt64(bitPattern: epoch), isPaused: isPaused)
                },
                arrivals: try answers[5].map { row in
                    let (event, partition, version) = try row.decode((PostgresUUID, Int, Int64).self)
                    return EventRoute(
                        event: EventId(event), partition: partition, version: UInt64(bitPattern: version))
                },
                shouldDrain: shouldDrain)
        }
    }

    /// Once a minute, and by itself: within the beat's pipeline its locks would stay to the end of that.
    private func retireChanges() throws {
        let now = SystemTime().monotonic
        if let last = retiredAt, now - last < .seconds(60) { return }
        // Whatever comes of it: a beat must not fail for it again and again.
        retiredAt = now
        try connection.execute(Self.retireChanges)
    }

    public func leave(_ worker: WorkerId) throws(StoreError) {
        try StoreError.catching {
            _ = try connection.pipeline { pipeline in
                pipeline.add(Self.releaseAll, line, worker.text)
                pipeline.add(Self.deleteWorker, worker.text)
            }
        }
    }

    public func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [Claim] {
        guard !wanted.isEmpty else { return [] }
        return try StoreError.catching {
            let dead = Set(wanted.compactMap(\.deadOwner)).sorted().filter { $0 != worker }
            if !dead.isEmpty { try endSessions(of: dead) }
            let answers = try connection.transactionPipeline { pipeline in
                pipeline.add(Self.prepareWeeks)
                pipeline.add(
                    Self.takePartitions, line, worker.text, PostgresArray(wanted) { Int32($0.number) },
                    PostgresArray(wanted) { Int64(bitPattern: $0.epoch) }, PostgresArray(wanted) { $0.deadOwner?.text })
                pipeline.add(Self.forgetWorkers)
                pipeline.add(Self.listDues, PostgresArray(wanted) { Int32($0.number) })
                pipeline.add(Self.listAttempts, PostgresArray(wanted) { Int32($0.number) })
                pipeline.add(Self.listRouted, PostgresArray(wanted) { Int32($0.number) })
            }
            return try claims(taken: answers[1], dues: answers[3], attempts: answers[4], routed: answers[5])
        }
    }

    /// Sends the sessions of workers away and waits until they are gone, so that none of them holds a lock any more.
    private func endSessions(of workers: [WorkerId]) throws {
        let names = workers.map(\.text)
        try connection.execute(Self.endSessions, names)
        try connection.execute(Self.awaitEnds, names)
    }

    private func claims(
        taken: PostgresResult, dues: PostgresResult, attempts: PostgresResult, routed: PostgresResult
    ) throws -> [Claim] {
        var claims: [Int: Claim] = [:]
        for row in taken {
            let (number, epoch, batchNumber, batchAt, nextSequence, chain, crashes, now) = try row.decode(
                (Int, Int64, Int64, Timestamp, Int64, [UInt8], Int, Timestamp).self)
            claims[number] = Claim(
                number: number, epoch: UInt64(bitPattern: epoch), batchNumber: UInt64(bitPattern: batchNumber),
                batchAt: Time(batchAt), nextSequence: UInt64(bitPattern: nextSequence), chain: try Digest(chain),
                crashes: crashes, now: Time(now))
        }
        for row in dues {
            let (partition, event, at) = try row.decode((Int, PostgresUUID, Timestamp).self)
            claims[partition]?.dues.append(DueChange(event: EventId(event), at: Time(at)))
        }
        for row in attempts {
            let (partition, id, count) = try row.decode((Int, PostgresUUID, Int).self)
            claims[partition]?.attempts[CommandId(id)] = count
        }
        for row in routed { claims[try row.get(0, as: Int.self)]?.hasMovedEvents = true }
        return claims.values.sorted { $0.number < $1.number }
    }

    public func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError) {
        guard !held.isEmpty else { return }
        try StoreError.catching {
            _ = try connection.query(
                Self.releasePartitions, line, worker.text, PostgresArray(held) { Int32($0.number) },
                PostgresArray(held) { Int64(bitPattern: $0.epoch) })
        }
    }

    public func recordAttempt(_ id: CommandId, partition: Int, epoch: UInt64) throws(StoreError) -> Int? {
        try StoreError.catching {
            let row = try connection.query(
                Self.countAttempt, line, Int32(partition), Int64(bitPattern: epoch), id.uuid
            ).oneOrNone()
            return try row?.get(0)
        }
    }

    private static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}

extension PostgresStore {
    private static let upsertWorker: SQL = """
        INSERT INTO worker (id, line, host, pid, backend, backend_start, is_draining, owned, decided, loaded_events)
        SELECT $1, $2, $3, $4, pid, backend_start, $5, $6, $7, $8
        FROM pg_stat_get_activity(pg_backend_pid())
        ON CONFLICT (id) DO UPDATE SET
            line = EXCLUDED.line, host = EXCLUDED.host, pid = EXCLUDED.pid, backend = EXCLUDED.backend,
            backend_start = EXCLUDED.backend_start, heartbeat_at = now(), is_draining = EXCLUDED.is_draining,
            owned = EXCLUDED.owned, decided = EXCLUDED.decided, loaded_events = EXCLUDED.loaded_events
        RETURNING should_drain, clock_timestamp()
        """

    /// A row that somebody is at is left for the next beat.
    private static let resetCrashes: SQL = """
        UPDATE partition AS p SET crashes = 0
        FROM (
            SELECT number FROM partition JOIN unnest($2::integer[], $3::bigint[]) AS held (number, epoch)
                USING (number, epoch)
            WHERE line = $1 AND crashes > 0 ORDER BY number FOR NO KEY UPDATE OF partition SKIP LOCKED
        ) AS healthy
        WHERE p.line = $1 AND p.number = healthy.number
        """

    /// Alive: the beating session is there, and has beaten within 6 s.
    private static let listMembers: SQL = """
        SELECT w.id FROM worker AS w
        JOIN pg_stat_get_activity(NULL) AS a ON a.pid = w.backend AND a.backend_start = w.backend_start
        WHERE w.line = $1 AND NOT w.is_draining AND w.heartbeat_at > now() - interval '6 seconds'
        """

    private static let listPartitions: SQL = """
        SELECT p.number, p.owner, alive.id IS NOT NULL, p.epoch, p.is_paused
        FROM partition AS p
        LEFT JOIN (
            SELECT w.id FROM worker AS w
            JOIN pg_stat_get_activity(NULL) AS a ON a.pid = w.backend AND a.backend_start = w.backend_start
            WHERE w.heartbeat_at > now() - interval '6 seconds'
        ) AS alive ON alive.id = p.owner
        WHERE p.line = $1 ORDER BY p.number
        """

    private static let listArrivals: SQL =
        "SELECT event, partition, version FROM event_route WHERE state = 'out' ORDER BY event"

    private static let releaseAll: SQL = """
        UPDATE partition AS p SET owner = NULL, crashes = 0
        FROM (
            SELECT number FROM partition WHERE line = $1 AND owner = $2 ORDER BY number FOR NO KEY UPDATE
        ) AS own
        WHERE p.line = $1 AND p.number = own.number
        """

    private static let deleteWorker: SQL = "DELETE FROM worker WHERE id = $1"

    private static let endSessions: SQL = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL)
        WHERE split_part(application_name, ' ', 1) = ANY ($1::text[]) AND pid <> pg_backend_pid()
            AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    /// A session that has not ended within a second is waited for at the next attempt.
    private static let awaitEnds: SQL = """
        SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_get_activity(NULL)
        WHERE split_part(application_name, ' ', 1) = ANY ($1::text[]) AND pid <> pg_backend_pid()
            AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    /// A partition that somebody is at is left for another time: it may be its owner, at its last commit.
    private static let takePartitions: SQL = """
        UPDATE partition AS p SET owner = $2, epoch = p.epoch + 1, crashes = p.crashes + 1
        FROM (
            SELECT number
            FROM partition JOIN unnest($3::integer[], $4::bigint[], $5::text[]) AS wanted (number, epoch, dead)
                USING (number, epoch)
            WHERE line = $1 AND (owner IS NULL OR owner = $2 OR owner = dead)
            ORDER BY number FOR NO KEY UPDATE OF partition SKIP LOCKED
        ) AS mine
        WHERE p.line = $1 AND p.number = mine.number
        RETURNING p.number, p.epoch, p.batch_no, p.batch_at, p.next_seq, p.chain, p.crashes, clock_timestamp()
        """

    /// Those that went without a word are kept for a day, for people to see.
    private static let forgetWorkers: SQL = """
        DELETE FROM worker AS w
        WHERE heartbeat_at < now() - interval '1 day' AND NOT EXISTS (SELECT FROM partition WHERE owner = w.id)
        """

    private static let listDues: SQL =
        "SELECT partition, event, at FROM due WHERE partition = ANY ($1::integer[]) ORDER BY partition, at, event"

    private static let listAttempts: SQL =
        "SELECT partition, id, attempts FROM attempt WHERE partition = ANY ($1::integer[])"

    /// Until it lets go of it, an event is its old partition's, which need not be its first.
    private static let listRouted: SQL = """
        SELECT partition FROM event_route WHERE partition = ANY ($1::integer[])
        UNION SELECT previous FROM event_route WHERE previous = ANY ($1::integer[]) AND state = 'moving'
        """

    private static let releasePartitions: SQL = """
        UPDATE partition AS p SET owner = NULL, crashes = 0
        FROM (
            SELECT number
            FROM partition JOIN unnest($3::integer[], $4::bigint[]) AS held (number, epoch) USING (number, epoch)
            WHERE line = $1 AND owner = $2 ORDER BY number FOR NO KEY UPDATE OF partition
        ) AS own
        WHERE p.line = $1 AND p.number = own.number
        """

    private static let countAttempt: SQL = """
        INSERT INTO attempt (partition, id, attempts)
        SELECT number, $4, 1 FROM partition WHERE line = $1 AND number = $2 AND epoch = $3 FOR SHARE
        ON CONFLICT (partition, id) DO UPDATE SET attempts = attempt.attempts + 1
        RETURNING attempts
        """
}
