internal import Runtime

/// Keeps a connection up: connects, lets its owner set it up, waits for its end, and begins again after a pause.
///
/// Nothing is carried over from one connection to the next. The owner is told of each attempt and each end, gets each
/// new connection, and declares, consumes and publishes on it anew. It goes on until `stop`.
public final class Reconnector: Sendable {
    public enum Event: Sendable {
        /// The first attempt is number 1; counting begins anew after a connection that worked.
        case connecting(attempt: Int)
        /// Neither connecting nor setting up worked.
        case failed(attempt: Int, RabbitMQError, retryIn: Duration)
        case connected
        /// The connection has ended without having been asked to.
        case lost(RabbitMQError, retryIn: Duration)
    }

    private struct State {
        var thread: OwnedThread?
        /// What `stop` has to end.
        var connection: Connection?
        var isStopped = false
    }

    /// What belongs to the owner. Only the thread has it, so that an owner who is captured here and holds the
    /// reconnector
    /// can go once it has stopped.
    private struct Owner: Sendable {
        let onEvent: @Sendable (Event) -> Void
        let onConnectionEvent: @Sendable (ConnectionEvent) -> Void
        let setUp: @Sendable (Connection) throws(RabbitMQError) -> Void
    }

    private let settings: ConnectionSettings
    private let stopped = Latch()
    private let state = Lock(State())

    /// Starts at once, on a thread of its own.
    ///
    /// - Parameters:
    ///   - onEvent: what happens, in order, on the reconnector's thread.
    ///   - onConnectionEvent: the events of every connection, on that connection's thread.
    ///   - setUp: gets each new connection on the reconnector's thread, where it may block. If it throws, the
    /// connection
    ///     is closed and the attempt has failed.
    public init(
        _ settings: ConnectionSettings, backoff: Backoff = Backoff(),
        onEvent: @escaping @Sendable (Event) -> Void = { _ in },
        onConnectionEvent: @escaping @Sendable (ConnectionEvent) -> Void = { _ in },
        setUp: @escaping @Sendable (Connection) throws(RabbitMQError) -> Void
    ) throws(RabbitMQError) {
        try settings.validate()
        self.settings = settings
        let owner = Owner(onEvent: onEvent, onConnectionEvent: onConnectionEvent, setUp: setUp)
        do {
            let thread = try OwnedThread(name: "amqp keeper") { self.run(backoff, for: owner) }
            state.withLock { $0.thread = thread }
        } catch {
            throw RabbitMQError(.outOfResources, "keeping up a connection to RabbitMQ", error.description)
        }
    }

    /// The connection that is up now, or nil.
    public var connection: Connection? { state.withLock { $0.connection } }

    /// Closes the connection and ends the thread. Blocks at most for the connect timeout and the reply timeout; not in
    /// one of the reconnector's own calls.
    public func stop() {
        let (thread, connection) = state.withLock { state in
            state.isStopped = true
            return (state.thread, state.connection)
        }
        stopped.open()
        connection?.close()
        thread?.join()
    }

    private func run(_ backoff: Backoff, for owner: Owner) {
        var backoff = backoff
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        while !isStopped {
            attempt += 1
            owner.onEvent(.connecting(attempt: attempt))
            let began = SystemTime().monotonic
            let wait: Duration
            do throws(RabbitMQError) {
                let end = try connectAndWait(for: owner)
                if isStopped { return }
                // A connection that dies at once is no better than none: only one that lasted earns a quick retry.
                if SystemTime().monotonic - began > backoff.limit { backoff.reset() }
                attempt = 0
                wait = backoff.next(using: &generator)
                owner.onEvent(.lost(end, retryIn: wait))
            } catch {
                if isStopped { return }
                wait = backoff.next(using: &generator)
                owner.onEvent(.failed(attempt: attempt, error, retryIn: wait))
            }
            if stopped.wait(for: wait) { return }
        }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// - Returns: why the connection ended, once it has.
    private func connectAndWait(for owner: Owner) throws(RabbitMQError) -> RabbitMQError {
        let ended = Latch()
        let end = Lock<RabbitMQError?>(nil)
        let connection = try Connection.open(settings) { event in
            owner.onConnectionEvent(event)
            guard case .closed(let error) = event else { return }
            end.withLock { $0 = error }
            ended.open()
        }
        let isWanted = state.withLock { state in
            if !state.isStopped { state.connection = connection }
            return !state.isStopped
        }
        defer { state.withLock { $0.connection = nil } }
        guard isWanted else {
            connection.close()
            throw ConnectionLoop.closedByOwner
        }
        do throws(RabbitMQError) {
            try owner.setUp(connection)
        } catch {
            connection.close()
            throw error
        }
        owner.onEvent(.connected)
        ended.wait()
        // Its thread is about to go; afterwards nothing is left of it.
        connection.abort()
        return end.withLock { $0 } ?? ConnectionLoop.closedByOwner
    }
}
