/// Anything that goes wrong between this program and Postgres.
///
/// It names the statement, but never a parameter's value and never a password. What the server itself says about
/// values (`detail`) is kept apart: show it to operators, not to clients.
public struct PostgresError: Error, Sendable {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case connectFailed, connectTimedOut, refusedByServer, wrongSession, invalidSettings
            case connectionLost, responseTimedOut, interrupted, connectionClosed, server, commitOutcomeUnknown
            case transactionAborted, pipelineAborted, stalePlan, typeMismatch, unexpectedNull, unsupportedValue
            case noSuchColumn, columnCount, rowCount, tooManyParameters, valueTooLarge, unexpectedCopy
            case poolTimedOut, poolClosed, serverUnavailable
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        public var description: String { base.rawValue }

        /// Nobody listens there, the name does not resolve, or the network has no way.
        public static let connectFailed = Code(.connectFailed)
        /// Somebody listens, perhaps, but did not answer in `connectTimeout`.
        public static let connectTimedOut = Code(.connectTimedOut)
        /// The server answered and said no: a wrong password, an unknown database, no free slot (see `sqlState`).
        public static let refusedByServer = Code(.refusedByServer)
        /// The server is there, but not of the kind that `targetSession` asks for.
        public static let wrongSession = Code(.wrongSession)
        /// The settings cannot be meant: an unreadable URL, an empty list of hosts.
        public static let invalidSettings = Code(.invalidSettings)

        /// The connection broke, or the server ended it (then `sqlState` says why). It is closed.
        public static let connectionLost = Code(.connectionLost)
        /// The server was silent for `responseTimeout`. The connection is closed.
        public static let responseTimedOut = Code(.responseTimedOut)
        /// A `PostgresInterruptor` ended the wait. Unless `isConnectionLost`, the connection is still good.
        public static let interrupted = Code(.interrupted)
        /// The connection had been closed or lost before.
        public static let connectionClosed = Code(.connectionClosed)

        /// The server refused a statement; see `sqlState`.
        public static let server = Code(.server)
        /// The connection was lost between sending COMMIT and its answer: the transaction may be in, or not.
        /// Never repeat the work before having looked.
        public static let commitOutcomeUnknown = Code(.commitOutcomeUnknown)
        /// A statement of the transaction had failed, so its COMMIT was a rollback.
        public static let transactionAborted = Code(.transactionAborted)
        /// An earlier statement of the same pipeline failed, so this one was not run.
        public static let pipelineAborted = Code(.pipelineAborted)
        /// A prepared statement no longer fits, for the tables have changed; it is prepared anew the next time.
        public static let stalePlan = Code(.stalePlan)

        /// A column (or a table's column in `COPY`) has another type than the one asked for.
        public static let typeMismatch = Code(.typeMismatch)
        public static let unexpectedNull = Code(.unexpectedNull)
        /// The value is of the right type, but this program cannot hold it, such as `infinity` as a time.
        public static let unsupportedValue = Code(.unsupportedValue)
        public static let noSuchColumn = Code(.noSuchColumn)
        public static let columnCount = Code(.columnCount)
        public static let rowCount = Code(.rowCount)
        /// A statement takes 65,535 parameters at most: send arrays and `unnest` them.
        public static let tooManyParameters = Code(.tooManyParameters)
        /// A message to the server takes less than a gigabyte.
        public static let valueTooLarge = Code(.valueTooLarge)
        /// `COPY` in a place where only statements can be run.
        public static let unexpectedCopy = Code(.unexpectedCopy)

        /// All connections of the pool were in use until the deadline.
        public static let poolTimedOut = Code(.poolTimedOut)
        public static let poolClosed = Code(.poolClosed)
        /// The pool does not try at the moment, since the server was away a moment ago.
        public static let serverUnavailable = Code(.serverUnavailable)
    }

    /// What is known about the error, written once.
    struct Facts: Sendable {
        var code: Code
        var message: String
        var sqlState: SQLState?
        var detail: String?
        var hint: String?
        var context: String?
        var schema: String?
        var table: String?
        var column: String?
        var constraint: String?
        var statement: String?
        var statementIndex: Int?
        var isConnectionLost = false
        var isRetryable = false
    }

    /// Boxed, so that a result with an error is no larger than a pointer.
    private final class Box: Sendable {
        let facts: Facts
        init(_ facts: Facts) { self.facts = facts }
    }
    private var box: Box

    var facts: Facts {
        get { box.facts }
        set { box = Box(newValue) }
    }

    init(_ facts: Facts) {
        box = Box(facts)
    }

    init(_ code: Code, _ message: String, statement: SQL? = nil) {
        self.init(Facts(code: code, message: message, statement: statement?.text))
    }

    public var code: Code { box.facts.code }
    public var message: String { box.facts.message }
    public var sqlState: SQLState? { box.facts.sqlState }
    /// More about it from the server; it may quote values of the row.
    public var detail: String? { box.facts.detail }
    public var hint: String? { box.facts.hint }
    /// Where in the server's functions it happened.
    public var context: String? { box.facts.context }
    public var schema: String? { box.facts.schema }
    public var table: String? { box.facts.table }
    public var column: String? { box.facts.column }
    public var constraint: String? { box.facts.constraint }
    /// The text of the statement, shortened.
    public var statement: String? { box.facts.statement }
    /// The position of the statement in its pipeline.
    public var statementIndex: Int? { box.facts.statementIndex }

    /// Whether the connection is gone, so that another one is needed.
    public var isConnectionLost: Bool { box.facts.isConnectionLost }

    /// Whether nothing has happened and the same work may succeed when it is tried again (from the start of its
    /// transaction, and on another connection if this one is lost).
    public var isRetryable: Bool { box.facts.isRetryable }
}

extension PostgresError: CustomStringConvertible {
    /// Everything but `detail` and `context`, which may quote values.
    public var description: String {
        var text = "Postgres: \(message)"
        if let sqlState { text += " [\(sqlState)]" }
        if code != .server { text += " (\(code))" }
        if let constraint { text += "; constraint “\(constraint)”" }
        if let table { text += "; table “\(table)”" }
        if let column { text += "; column “\(column)”" }
        if let hint { text += "; hint: \(hint)" }
        if let statementIndex { text += "; statement \(statementIndex) of its pipeline" }
        if let statement { text += "; in: \(statement)" }
        return text
    }
}
