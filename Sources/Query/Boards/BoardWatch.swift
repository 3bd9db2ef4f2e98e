internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// The thread that compares the shows in memory with what is stored. It finds what workers committed and could not tell
/// of any more, and new prices, which are no changes of a show.
final class BoardWatch: Sendable {
    private struct State {
        /// All shows are to be looked at, such as after a time without changes being heard.
        var isAlarmed = true
        var interruptor: PostgresInterruptor?
        /// The last look failed.
        var isAway = false
        var isStopped = false
    }

    private let database: PostgresSettings
    private let boards: Boards
    private let log: Log
    private let time: any TimeSource
    private let state = Lock(State())
    private let stopped = Latch()
    private let thread = Lock<OwnedThread?>(nil)

    private static let interval = Duration.milliseconds(500)
    /// When the first look has found something that may still be on its way.
    private static let secondLook = Duration.milliseconds(200)
    private static let tidying = Duration.seconds(5)
    private static let pause = Duration.milliseconds(250)
    /// Shows that are looked at together: as many as cost the server some milliseconds.
    private static let slice = 1_000
    /// A show that was read, or is followed, is looked at each time; the others by and by.
    private static let idle: Int64 = 10

    private static let stored: SQL = """
        SELECT w.event, w.number, s.version, t.number
        FROM unnest($1::uuid[], $2::integer[]) AS w (event, number),
            LATERAL (SELECT version FROM show WHERE event = w.event AND number = w.number) AS s,
            LATERAL (SELECT number FROM event_terms WHERE event = w.event ORDER BY number DESC LIMIT 1) AS t
        """

    init(_ database: PostgresSettings, _ boards: Boards, log: Log, time: any TimeSource = SystemTime()) throws {
        self.database = database
        self.boards = boards
        self.log = log
        self.time = time
        let thread = try OwnedThread(name: "board-watch") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Changes may have been missed: everything is looked at now.
    func alarm() {
        state.withLock { state in
            state.isAlarmed = true
            return state.interruptor
        }?.interrupt()
    }

    func stop() {
        let interruptor = state.withLock { state in
            state.isStopped = true
            return state.interruptor
        }
        stopped.open()
        interruptor?.interrupt()
        thread.withLock { $0.take() }?.join()
    }

    var isAway: Bool { state.withLock { $0.isAway } }

    private func run() {
        while !isStopped {
            do {
                try watch()
            } catch {
                let isNew = state.withLock { state in
                    defer { state.isAway = true }
                    return !state.isAway && !state.isStopped
                }
                if isNew { log.warning("what is stored of shows cannot be looked at", error) }
            }
            if stopped.wait(for: Self.pause) { return }
        }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func watch() throws {
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        try connection.listen(to: "turnstile_terms")
        state.withLock { state in
            state.interruptor = connection.interruptor
            // What was told before is not told again.
            state.isAlarmed = true
        }
        defer { state.withLock { $0.interruptor = nil } }
        var next = time.monotonic
        var nextTidying = next
        var turn = 0
        while !isStopped {
            let now = time.monotonic
            let isAlarmed = state.withLock { state in
                defer { state.isAlarmed = false }
                return state.isAlarmed
            }
            if isAlarmed || now >= next {
                boards.retry()
                let shows = isAlarmed ? boards.shows : choose(at: now, &turn)
                let hasFound = try look(at: shows, connection)
                state.withLock { $0.isAway = false }
                next = time.monotonic + (hasFound ? Self.secondLook : Self.interval)
                if isAlarmed && hasFound {
                    _ = stopped.wait(for: Self.secondLook)
                    _ = try look(at: shows, connection)
                }
            }
            if now >= nextTidying {
                boards.tidy()
                nextTidying = now + Self.tidying
            }
            try hear(connection, until: next)
        }
    }

    private func hear(_ connection: PostgresConnection, until next: MonotonicTime) throws {
        let left = max(.milliseconds(1), next - time.monotonic)
        guard let notification = try connection.waitForNotification(for: left) else { return }
        if let event = PostgresUUID(notification.payload) { boards.repriced(EventId(event)) }
        if connection.takeDroppedNotifications() > 0 { state.withLock { $0.isAlarmed = true } }
    }

    private func choose(at now: MonotonicTime, _ turn: inout Int) -> [LiveShow] {
        let second = now.nanoseconds / 1_000_000_000
        let shows = boards.shows
        let busy = shows.filter { second - $0.lastReadSecond <= Self.idle || !$0.audience.isEmpty }
        guard !shows.isEmpty else { return [] }
        // The order of a dictionary is as good as any: whoever is left out this time comes another time.
        let begin = turn % shows.count
        let quiet = shows[begin...].prefix(Self.slice / 5)
        turn = begin + quiet.count
        return busy + quiet
    }

    /// - Returns: whether something is stored that is not known here.
    private func look(at shows: [LiveShow], _ connection: PostgresConnection) throws -> Bool {
        var hasFound = false
        // Whether the database is there is to be known also while there is nothing to ask for.
        if shows.isEmpty { try connection.ping() }
        var rest = shows[...]
        while !rest.isEmpty, !isStopped {
            let slice = rest.prefix(Self.slice)
            rest = rest.dropFirst(Self.slice)
            let rows = try connection.query(
                Self.stored, PostgresArray(slice) { $0.id.event.uuid },
                PostgresArray(slice) { Int32(clamping: $0.id.number) })
            let known = Dictionary(slice.map { ($0.id, $0.version) }) { first, _ in first }
            for row in rows {
                let (event, number, version, terms) = try row.decode((PostgresUUID, Int32, Int64, Int32).self)
                let id = try ShowId(event, number)
                let stored = UInt64(bitPattern: version)
                boards.confirmed(id, version: stored, prices: Int(terms))
                if stored > known[id] ?? .max { hasFound = true }
            }
        }
        return hasFound
    }
}
