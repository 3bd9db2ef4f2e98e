internal import API
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

/// Keeps what is personal apart from the commands: written here, before the command that it belongs to is published, so
/// that neither the queue nor the journal ever has it.
final class PersonClerk: Sendable {
    private struct Errand: Sendable {
        let email: String
        let reservation: ReservationId
        let event: EventId
        let tenant: TenantId
        let command: CommandId
        let then: @Sendable (Fault?) -> Void
    }

    private struct State {
        var errands: [Errand] = []
        var isStopped = false
    }

    private let pool: PostgresPool
    private let log: Log
    private let state = Lock(State())
    private let bell = Bell()
    private let thread = Lock<OwnedThread?>(nil)
    private static let most = 5_000

    init(pool: PostgresPool, log: Log) {
        self.pool = pool
        self.log = log
    }

    func start() throws {
        let thread = try OwnedThread(name: "people") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    /// - Parameters:
    ///   - command: which says so. One that is decided changes nothing any more.
    ///   - then: called on the clerk's thread once it is stored, or with what is to be told where it is not.
    func remember(
        _ email: String, of reservation: ReservationId, _ event: EventId, tenant: TenantId, by command: CommandId,
        then: @escaping @Sendable (Fault?) -> Void
    ) throws(Fault) {
        let errand = Errand(
            email: email, reservation: reservation, event: event, tenant: tenant, command: command, then: then)
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.errands.count < Self.most else { return false }
            state.errands.append(errand)
            return true
        }
        guard isTaken else { throw .unavailable("Too much is to be written at the moment.") }
        bell.ring()
    }

    private func run() {
        while true {
            bell.wait()
            let (errands, isStopped) = state.withLock { state in
                defer { state.errands = [] }
                return (state.errands, state.isStopped)
            }
            var failure: Fault?
            if !errands.isEmpty {
                do {
                    try pool.withConnection(timeout: .milliseconds(500)) { try write(errands, $0) }
                } catch {
                    log.warning("an e-mail address cannot be stored", error)
                    failure = .unavailable("The database is away: nothing can be stored at the moment.")
                }
            }
            for errand in errands { errand.then(failure) }
            if isStopped { return }
        }
    }

    /// The last address that was given counts. Nobody has looked yet whether the reservation is the tenant's: what a
    /// stranger says of it stands beside, and is nobody's.
    private func write(_ errands: [Errand], _ connection: PostgresConnection) throws {
        let decided = try decided(errands, connection)
        // One row a reservation, in one order: two ingresses may write at once.
        var latest: [ReservationId: Errand] = [:]
        for errand in errands where !decided.contains(errand.command) { latest[errand.reservation] = errand }
        let rows = latest.values.sorted { $0.reservation < $1.reservation }
        guard !rows.isEmpty else { return }
        try connection.transaction { transaction in
            // What a checkout was accepted with must not be gone after a crash.
            try transaction.run(script: "SET LOCAL synchronous_commit = on")
            try transaction.execute(
                """
                INSERT INTO person (event, reservation, reservation_index, tenant, email)
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[])
                ON CONFLICT (event, reservation, reservation_index, tenant) DO UPDATE SET email = excluded.email
                """,
                rows.map(\.event.uuid), rows.map(\.reservation.uuid), rows.map(\.reservation.number),
                rows.map(\.tenant.uuid), rows.map(\.email))
        }
    }
    /// Whoever sends again what was decided is answered from the journal, whatever address he gives now: the one that
    /// counted must stay.
    private func decided(_ errands: [Errand], _ connection: PostgresConnection) throws -> Set<CommandId> {
        let week = Keys.week(of: Time(microseconds: SystemTime().wall.microseconds))
        let wanted = errands.flatMap { [(id: $0.command, week: week), (id: $0.command, week: week - 1)] }
        return Set(try JournaledDecision.find(wanted, on: connection).map(\.id))
    }
}
