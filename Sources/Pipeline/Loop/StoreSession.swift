package import RabbitMQ
package import Runtime

/// Which of a worker's sessions with the database it is: each has a thread and a purpose of its own.
public enum SessionRole: String, Sendable, Hashable, CaseIterable {
    /// Beats, claims, gives back.
    case control
    /// Loads events and looks into the journal.
    case reader
    /// Commits groups.
    case committer
}

/// One thread's session: opened when it is first needed, dropped when it is lost, opened again after a pause.
package struct StoreSession<Session> {
    private let connect: @Sendable () throws(StoreError) -> Session
    private let time = SystemTime()
    /// Opens when the worker ends: nobody waits for another attempt then.
    private let end: Latch
    private var backoff: Backoff
    private var generator = SystemRandomNumberGenerator()
    private var session: Session?
    private var notBefore = MonotonicTime(nanoseconds: 0)

    package init(backoff: Backoff, end: Latch, connect: @escaping @Sendable () throws(StoreError) -> Session) {
        self.connect = connect
        self.backoff = backoff
        self.end = end
    }

    /// Runs `body` with the session. When there is none, one attempt is made to open it, once its time has come.
    package mutating func run<Value>(
        _ body: (Session) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let session = try open()
        do throws(StoreError) {
            let value = try body(session)
            backoff.reset()
            return value
        } catch {
            if error.code == .unavailable { lost() }
            throw error
        }
    }

    private mutating func open() throws(StoreError) -> Session {
        if let session { return session }
        let pause = notBefore - time.monotonic
        if pause > .zero, end.wait(for: pause) { throw StoreError(.unavailable, "the worker is ending") }
        do throws(StoreError) {
            let opened = try connect()
            session = opened
            return opened
        } catch {
            lost()
            throw error
        }
    }

    /// The next attempt is not made at once: a server that is coming up again has enough to do.
    private mutating func lost() {
        session = nil
        notBefore = time.monotonic + backoff.next(using: &generator)
    }
}

/// A session of the seats line.
typealias SeatsSession = StoreSession<any Store>

extension SeatsSession {
    /// The same as `run` for a commit, whose failures say more.
    mutating func commit(_ group: PreparedGroup) throws(CommitFailure) {
        let store: any Store
        do throws(StoreError) { store = try open() } catch { throw .unavailable(error.reason) }
        do throws(CommitFailure) {
            try store.commit(group)
            backoff.reset()
        } catch {
            switch error {
            case .unavailable, .unknown: lost()
            case .fenced, .rejected: break
            }
            throw error
        }
    }
}
