internal import CPostgres
internal import Glibc
internal import Runtime

/// One session with a server. Every call blocks until its answer is there, the server has been silent for
/// `responseTimeout`, or the connection is lost; then the call throws, and the connection is closed.
///
/// One thread at a time: the connection belongs to the thread that made it, and using it on another one stops the
/// program. `handOver()` lets go of it; the next thread that uses it has it then. Being no `Sendable`, it is handed
/// over inside something that is, as `PostgresPool` does.
public final class PostgresConnection {
    public let settings: PostgresSettings
    /// Ends this connection's waits from any thread.
    public let interruptor: PostgresInterruptor
    /// The host that took us.
    public let host: PostgresSettings.Host
    /// The server's process for this session.
    public let backendProcess: Int32

    /// How long the server may be silent; begins as the settings have it, and may be changed between calls.
    public var responseTimeout: Duration

    /// Nil once the connection is closed or lost.
    var handle: OpaquePointer?
    /// Why there is no handle any more.
    private var end: PostgresError?
    private var owner: pthread_t?

    let waiter: SocketWaiter
    /// Written by libpq when the server ends an idle session.
    private let farewell: UnsafeMutablePointer<cpostgres_farewell>
    var isEncrypted = false
    /// Set once a statement was interrupted, until the next one begins.
    var cancellation: Cancellation?

    let scratch = PostgresParameters()
    let pipeline = PostgresPipeline()
    var statements: StatementCache
    var notifications: NotificationQueue
    /// What the connection is in the middle of, while a caller's closure runs.
    var scope: Scope?
    /// Counts transaction scopes, so that a handle of an ended one is recognised.
    var transactionSerial = 0
    var transactionDepth = 0
    /// Set from a streamed statement to the next one that is not pipelined: libpq resets its row mode only then.
    var isInRowMode = false
    /// Whether `LISTEN` was ever sent: such a connection is not put back into a pool.
    var hasListened = false

    enum Scope: String {
        case streaming = "rows are being streamed"
        case copying = "a COPY is running"
        case recording = "a pipeline is being recorded"
    }

    init(
        handle: OpaquePointer, settings: PostgresSettings, host: PostgresSettings.Host, interruptor: PostgresInterruptor
    ) {
        self.handle = handle
        self.settings = settings
        self.host = host
        self.interruptor = interruptor
        backendProcess = PQbackendPID(handle)
        responseTimeout = settings.responseTimeout
        owner = pthread_self()
        waiter = SocketWaiter(interruptor: interruptor.descriptor)
        statements = StatementCache(capacity: settings.preparedStatements)
        notifications = NotificationQueue(capacity: settings.keptNotifications)
        isEncrypted = PQsslInUse(handle) != 0
        farewell = .allocate(capacity: 1)
        farewell.initialize(to: cpostgres_farewell())
        cpostgres_watch_notices(handle, farewell)
    }

    deinit {
        if let handle { PQfinish(handle) }
        farewell.deallocate()
    }

    /// Whether the connection has been closed, or found to be lost.
    public var isClosed: Bool { handle == nil }

    /// Lets go of the connection: the next thread that uses it has it.
    public func handOver() {
        checkThread()
        owner = nil
    }

    func checkThread() {
        guard let owner else {
            owner = pthread_self()
            return
        }
        precondition(pthread_equal(owner, pthread_self()) != 0, "a Postgres connection belongs to one thread at a time")
    }

    /// Says goodbye to the server without waiting for it. Again is no harm.
    public func close() {
        checkThread()
        guard let handle else { return }
        self.handle = nil
        end = PostgresError(.connectionClosed, "the connection was closed")
        PQfinish(handle)
    }

    /// The start of every call: right thread, no other call in the middle, still connected.
    func enter(_ statement: SQL? = nil) throws(PostgresError) -> OpaquePointer {
        checkThread()
        if let scope { preconditionFailure("\(scope.rawValue): the connection can do nothing else meanwhile") }
        let handle = try requireHandle(statement)
        cancellation = nil
        return handle
    }

    /// To be asked again after whatever may have closed the connection: a caller's closure, or an error passed over.
    func requireHandle(_ statement: SQL?) throws(PostgresError) -> OpaquePointer {
        guard let handle else { throw closedError(statement) }
        return handle
    }

    func closedError(_ statement: SQL?) -> PostgresError {
        var facts = PostgresError.Facts(code: .connectionClosed, message: "the connection is closed")
        if let end {
            facts.message += " (\(end.message))"
            facts.sqlState = end.sqlState
        }
        facts.statement = statement.map { PostgresError.shortened($0.text) }
        facts.isConnectionLost = true
        facts.isRetryable = true
        return PostgresError(facts)
    }

    /// What is known about why the connection broke.
    func lost(_ handle: OpaquePointer, _ statement: SQL?) -> PostgresError {
        let state = withUnsafeBytes(of: farewell.pointee.sqlstate) { String(decoding: $0.prefix(5), as: UTF8.self) }
        let message = withUnsafeBytes(of: farewell.pointee.message) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let said = message.isEmpty ? nil : (state: SQLState(state), message: message)
        return .lost(handle, farewell: said, statement: statement)
    }

    /// Closes the connection for good because of `error`, and returns it.
    func bury(_ error: PostgresError) -> PostgresError {
        var error = error
        error.facts.isConnectionLost = true
        if let handle {
            self.handle = nil
            end = error
            PQfinish(handle)
        }
        return error
    }

    /// Whether a transaction is open on the server, a failed one included.
    public var isInTransaction: Bool {
        guard let handle else { return false }
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Whether the open transaction can only be rolled back.
    public var isTransactionFailed: Bool {
        guard let handle else { return false }
        return PQtransactionStatus(handle) == PQTRANS_INERROR
    }

    /// Looks, without asking the server, whether it has closed an idle connection.
    public func isAlive() -> Bool {
        checkThread()
        guard let handle else { return false }
        // What comes unasked is notifications, a changed setting, or the server's farewell and then the end.
        while case .ready(readable: true) = waiter.wait(
            for: PQsocket(handle), reading: true, writing: false, atMost: .zero)
        {
            if PQconsumeInput(handle) == 0 || PQstatus(handle) == CONNECTION_BAD {
                _ = bury(lost(handle, nil))
                return false
            }
            collectNotifications(handle)
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            _ = bury(lost(handle, nil))
            return false
        }
        return true
    }
}

extension PostgresConnection: CustomStringConvertible {
    public var description: String { "\(settings) [\(host), backend \(backendProcess)\(isClosed ? ", closed" : "")]" }
}
