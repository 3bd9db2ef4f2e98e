internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Whoever waits for a payment or a waitlist entry to change its state: all of them are looked at together, some times
/// a second, however many there are.
final class RecordWaits: Sendable {
    /// What is waited for, and what is known of it.
    struct Wait: Sendable {
        let lookup: Lookup
        /// The number of the state.
        let known: UInt8
        let until: MonotonicTime
        /// Something has changed, the time is over, or nobody can tell.
        let then: @Sendable () -> Void
    }

    private struct State {
        var waits: [Wait] = []
        var wake = Latch()
        var isStopped = false
    }

    private let database: PostgresSettings
    private let log: Log
    private let time: any TimeSource
    private let state = Lock(State())
    private let thread = Lock<OwnedThread?>(nil)

    /// Who waits at most, and how often is looked.
    static let bound = 20_000
    static let interval = Duration.milliseconds(100)
    /// Ids in one statement.
    private static let slice = 2_000

    init(_ database: PostgresSettings, log: Log, time: any TimeSource = SystemTime()) throws {
        self.database = database
        self.log = log
        self.time = time
        let thread = try OwnedThread(name: "waits") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Who waits now.
    var count: Int { state.withLock { $0.waits.count } }

    /// - Returns: false when too many wait already: then nobody calls `then`.
    func add(_ wait: Wait) -> Bool {
        let (isTaken, wake): (Bool, Latch?) = state.withLock { state in
            guard !state.isStopped, state.waits.count < Self.bound else { return (false, nil) }
            state.waits.append(wait)
            return (true, state.waits.count == 1 ? state.wake : nil)
        }
        wake?.open()
        return isTaken
    }

    /// Lets everybody go.
    func dismiss() {
        let waits = state.withLock { state in
            defer { state.waits = [] }
            return state.waits
        }
        for wait in waits { wait.then() }
    }

    func stop() {
        let wake = state.withLock { state in
            state.isStopped = true
            return state.wake
        }
        wake.open()
        thread.withLock { $0.take() }?.join()
        dismiss()
    }

    // MARK: on the thread

    private func run() {
        var connection: PostgresConnection?
        defer { connection?.close() }
        while let wake = nextTurn() {
            let lookups = state.withLock { Set($0.waits.map(\.lookup)) }
            guard !lookups.isEmpty else {
                // Nobody waits, and nobody will be kept waiting by a connection that stood idle for long.
                connection?.close()
                connection = nil
                wake.wait()
                continue
            }
            do {
                let open = try connection ?? PostgresConnection.connect(database)
                connection = open
                release(try states(of: Array(lookups), open))
            } catch {
                log.warning("whether anything has changed cannot be told", error)
                connection?.close()
                connection = nil
                dismiss()
            }
            // Not woken by those who come: they wait for a change that has not happened yet.
            _ = Latch().wait(for: Self.interval)
        }
    }

    /// - Returns: what opens when the first one comes; nil at the end.
    private func nextTurn() -> Latch? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            state.wake = Latch()
            if !state.waits.isEmpty { state.wake.open() }
            return state.wake
        }
    }

    private func release(_ states: [Lookup: UInt8]) {
        let now = time.monotonic
        let over = state.withLock { state -> [Wait] in
            let isOver: (Wait) -> Bool = { wait in
                wait.until <= now || states[wait.lookup].map { $0 != wait.known } ?? false
            }
            let over = state.waits.filter(isOver)
            state.waits.removeAll(where: isOver)
            return over
        }
        for wait in over { wait.then() }
    }

    private static let payments: SQL = """
        SELECT w.event, w.id, w.id_index, p.status
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (SELECT status FROM payment WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS p
        """

    private static let entries: SQL = """
        SELECT w.event, w.id, w.id_index, e.status
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (
                SELECT status FROM waitlist_entry
                WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS e
        """

    private func states(of lookups: [Lookup], _ session: some PostgresSession) throws -> [Lookup: UInt8] {
        var found: [Lookup: UInt8] = [:]
        var rest = lookups[...]
        while !rest.isEmpty {
            var payments = IdColumns<Kinds.Payment>()
            var entries = IdColumns<Kinds.Entry>()
            for lookup in rest.prefix(Self.slice) {
                switch lookup {
                case .payment(let id): payments.append(id)
                case .entry(let id): entries.append(id)
                default: break
                }
            }
            rest = rest.dropFirst(Self.slice)
            let answers = try session.pipeline { pipeline in
                payments.add(Self.payments, to: pipeline)
                entries.add(Self.entries, to: pipeline)
            }
            for row in answers[0] { found[.payment(try Self.id(row))] = try Self.state(row) }
            for row in answers[1] { found[.entry(try Self.id(row))] = try Self.state(row) }
        }
        return found
    }

    private static func id<Kind: NamedKind>(_ row: PostgresRow) throws -> ScopedId<Kind> {
        ScopedId(try row.get(0), try row.get(1), try row.get(2))
    }

    private static func state(_ row: PostgresRow) throws -> UInt8 { UInt8(clamping: try row.get(3, as: Int16.self)) }
}
