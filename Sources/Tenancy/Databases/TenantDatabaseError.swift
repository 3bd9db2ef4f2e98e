public import Postgres

/// Why nothing could be asked of a tenant's database.
public struct TenantDatabaseError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// It, or its server, did not answer in time, broke off, or refused: now or a moment ago.
        case away
        /// All connections are in use.
        case busy
        /// The process stops.
        case closed
        /// The setting `desk.stores` does not name the store that the directory has for it.
        case unknownStore
    }

    public let code: Code
    public let store: String
    public let database: String
    /// What came of it, where it was tried.
    public let cause: PostgresError?

    init(_ code: Code, _ place: TenantPlace, cause: PostgresError? = nil) {
        self.code = code
        store = place.store
        database = place.database
        self.cause = cause
    }

    public var description: String {
        let what: String =
            switch code {
            case .away: "does not answer"
            case .busy: "is asked too much"
            case .closed: "is not asked any more"
            case .unknownStore: "lies on a server that desk.stores does not name"
            }
        return "the database “\(database)” of the store “\(store)” \(what)" + (cause.map { ": \($0)" } ?? "")
    }
}
