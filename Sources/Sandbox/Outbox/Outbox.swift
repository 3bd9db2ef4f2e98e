internal import Postgres
internal import Runtime
internal import Synchronization

/// Tells what is to be told: one thread with the database, which has the say, and several that send and wait.
///
/// A message that was sent and not written down is sent again: receivers know it by its id. Two processes never send at
/// once: who has the lock in the database sends.
final class Outbox: Sendable {
    private struct State {
        var book: OutboxBook
        var isStopped = false
    }

    /// How long something may be due unnoticed, should a wake-up be missing.
    private static let longestWait = Duration.seconds(1)

    private let database: PostgresSettings
    private let courier: Courier
    private let pace: RetryPace
    private let patience: Duration
    private let metrics: OutboxMetrics
    private let log: Log
    private let state: Lock<State>
    private let bell = Bell()
    private let mail: Mail<Delivery>
    private let threads = Lock<[OwnedThread]>([])
    private let stopping = Latch()
    private let isConnected = Atomic<Bool>(false)

    init(
        database: PostgresSettings, courier: Courier, section: SandboxSection, metrics: OutboxMetrics, log: Log
    ) {
        self.database = database
        self.courier = courier
        pace = RetryPace(first: section.retryFirst, most: section.retryMost)
        patience = section.retryFor
        self.metrics = metrics
        self.log = log
        state = Lock(State(book: OutboxBook(bound: section.deliveries)))
        mail = Mail(bound: section.deliveries)
    }

    func start() throws {
        let count = state.withLock { $0.book.bound }
        for number in 1...count {
            let thread = try OwnedThread(name: "courier-\(number)", stackBytes: 256 << 10) { [self] in
                while let delivery = mail.take() { send(delivery) }
            }
            threads.withLock { $0.append(thread) }
        }
        let thread = try OwnedThread(name: "outbox") { [self] in run() }
        threads.withLock { $0.append(thread) }
    }

    /// Whether the database answers and has the tables.
    var isReady: Bool { isConnected.load(ordering: .relaxed) }

    /// Something may be due.
    func wake() { bell.ring() }

    /// What is on its way is waited for, as long as a delivery may take; what waits is sent by the next process.
    func stop() {
        state.withLock { $0.isStopped = true }
        mail.close()
        stopping.open()
        bell.ring()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    // MARK: couriers

    private func send(_ delivery: Delivery) {
        let outcome = courier.deliver(delivery.body)
        metrics.count(outcome)
        let isDelivered = outcome == .delivered
        let result = DeliveryResult(
            id: delivery.id, isDelivered: isDelivered,
            pause: isDelivered ? RetryPace.copies : pace.pause(after: delivery.attempts + 1))
        state.withLock { $0.book.ended(result) }
        bell.ring()
    }

    // MARK: the thread with the database

    private func run() {
        while !isStopped {
            do {
                let connection = try PostgresConnection.connect(database)
                defer { connection.close() }
                try SandboxSchema.prepare(connection)
                isConnected.store(true, ordering: .relaxed)
                try work(connection)
            } catch {
                isConnected.store(false, ordering: .relaxed)
                log.warning("the database cannot be asked what is to be told", error)
                // Not by the bell: couriers that end would ring it.
                _ = stopping.wait(for: .milliseconds(300))
            }
        }
    }

    private func work(_ connection: PostgresConnection) throws {
        while try !SandboxStore.becomeSender(connection) {
            guard !isStopped else { return }
            bell.wait(for: .milliseconds(250))
        }
        while true {
            try write(connection)
            // What a courier has is written down before the end.
            guard !isStopped else { return try finish(connection) }
            let wait = try begin(connection)
            if wait > .zero { bell.wait(for: min(wait, Self.longestWait)) }
        }
    }

    private func write(_ connection: PostgresConnection) throws {
        let results = state.withLock { $0.book.unwritten }
        guard !results.isEmpty else { return }
        try SandboxStore.settle(results, patience: patience, connection)
        state.withLock { $0.book.wrote(results.count) }
    }

    /// Hands out what is due, as far as couriers are free.
    ///
    /// - Returns: how long there is nothing to do.
    private func begin(_ connection: PostgresConnection) throws -> Duration {
        let (room, busy) = state.withLock { ($0.book.room, $0.book.busy) }
        metrics.underWay.set(busy.count)
        guard room > 0 else { return Self.longestWait }
        let due = try SandboxStore.due(atMost: room, besides: busy, connection)
        for delivery in state.withLock({ $0.book.begin(due) }) {
            // There is room for all that are under way; only a mail that was closed takes nothing.
            guard mail.put(delivery) else { break }
        }
        guard due.count < room else { return Self.longestWait }
        let all = state.withLock { $0.book.busy }
        return try SandboxStore.pause(besides: all, connection) ?? Self.longestWait
    }

    private func finish(_ connection: PostgresConnection) throws {
        let couriers = threads.withLock { $0.filter { $0.name != "outbox" } }
        for courier in couriers { courier.join() }
        try write(connection)
    }
}
