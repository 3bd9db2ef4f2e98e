internal import Postgres
internal import Runtime

/// Asks the directory's table: when it is woken, and every now and then. Has a thread and a connection of its own, so
/// that a database that is silent keeps nobody waiting.
final class DirectoryReader: Sendable {
    private struct State {
        var isStopped = false
        var thread: OwnedThread?
        /// Ends what the thread waits for.
        var interruptor: PostgresInterruptor?
    }

    /// Open once the table was read.
    let loaded = Latch()
    private let settings: PostgresSettings
    private let options: TenantDirectory.Options
    private let time: any TimeSource
    private let log: Log
    private let bell = Bell()
    private let stopped = Latch()
    private let state = Lock(State())

    init(_ settings: PostgresSettings, options: TenantDirectory.Options, time: any TimeSource, log: Log) {
        var settings = settings
        // Nobody waits for this thread, but what it learns is to be fresh soon after a server has gone silent.
        settings.responseTimeout = min(settings.responseTimeout, .seconds(5))
        settings.connectTimeout = min(settings.connectTimeout, .seconds(2))
        self.settings = settings
        self.options = options
        self.time = time
        self.log = log
    }

    /// - Parameters:
    ///   - question: what to ask, or as a whole; nil when nobody wants to know any more.
    ///   - adopt: takes the answer; false when it has to be asked for as a whole.
    func start(
        question: @escaping @Sendable (_ whole: Bool) -> DirectoryQuestion?,
        adopt: @escaping @Sendable (DirectoryReading) -> Bool
    ) throws(ThreadError) {
        let thread = try OwnedThread(name: "directory") { self.run(question, adopt) }
        state.withLock { $0.thread = thread }
    }

    func wake() { bell.ring() }

    func stop() {
        let (thread, interruptor) = state.withLock { state in
            state.isStopped = true
            return (state.thread, state.interruptor)
        }
        stopped.open()
        bell.ring()
        interruptor?.interrupt()
        thread?.join()
    }

    // MARK: on its thread

    private func run(
        _ question: @Sendable (_ whole: Bool) -> DirectoryQuestion?, _ adopt: @Sendable (DirectoryReading) -> Bool
    ) {
        var connection: PostgresConnection?
        defer { connection?.close() }
        var failures = 0
        var wantsWhole = true
        var wholeAt = time.monotonic
        while !stopped.wait(for: .zero) {
            if time.monotonic - wholeAt >= options.wholeLook { wantsWhole = true }
            guard let asked = question(wantsWhole) else { return }
            do {
                let reading = try read(asked, &connection)
                failures = 0
                wantsWhole = !adopt(reading)
                if reading.isWhole { wholeAt = time.monotonic }
                if !wantsWhole { loaded.open() }
                if wantsWhole { continue }
            } catch {
                if stopped.wait(for: .zero) { return }
                failures += 1
                if failures == 1 || failures % 30 == 0 { log.warning("the tenant directory cannot be read", error) }
                if connection?.isClosed == true { connection = nil }
            }
            // What came in during the rest is answered by one reading.
            if stopped.wait(for: options.rest) { return }
            bell.wait(for: options.look)
        }
    }

    private func read(
        _ question: DirectoryQuestion, _ connection: inout PostgresConnection?
    ) throws -> DirectoryReading {
        if let connection, connection.isAlive() { return try DirectoryStore(connection).read(question) }
        let interruptor = try PostgresInterruptor()
        let isStopped = state.withLock { state in
            state.interruptor = interruptor
            return state.isStopped
        }
        if isStopped { interruptor.interrupt() }
        let new = try PostgresConnection.connect(settings, interruptor: interruptor)
        connection = new
        return try DirectoryStore(new).read(question)
    }
}
