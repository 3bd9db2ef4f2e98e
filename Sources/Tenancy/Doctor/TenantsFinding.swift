public import Runtime
internal import Ticketing
internal import Wire

/// What is not as it should be between the directory and the servers that tenants' databases lie on.
public enum TenantsFinding: Hashable, Sendable, CustomStringConvertible {
    /// - Parameter effect: what keeps it, in the words of who is to finish it; nil where nobody is.
    case unfinished(TenantPlace, since: Timestamp, hasDatabase: Bool, effect: String?)
    /// Nobody's: one that was made for an account that there is not, or not any more.
    case orphan(store: String, database: String)
    case missing(TenantPlace)
    /// The setting `desk.stores` does not say where that is.
    case unknownStore(TenantPlace)
    /// Commands that were accepted while its database was away, or its desk broken, and are not decided yet.
    case waiting(TenantPlace, commands: Int, since: Timestamp)
    /// Of people whose requests were never decided: what they said of themselves is kept for nothing.
    case strayCredentials(Int, since: Timestamp)
    /// What lies there cannot be told.
    case storeAway(store: String, reason: String)

    public var description: String {
        switch self {
        case .unfinished(let place, let since, let hasDatabase, let effect):
            let database = hasDatabase ? "its database is there" : "its database is not there"
            let work = effect.map { "whoever is to finish it is \($0)" } ?? "nobody is going to finish it"
            return "\(Self.name(place)) was asked for at \(since.rfc3339) and is not ready: \(database), and \(work)"
        case .orphan(let store, let database):
            return "the database “\(database)” of the store “\(store)” is no account's"
        case .missing(let place):
            return "\(Self.name(place)) is active, and its database “\(place.database)” is not in “\(place.store)”"
        case .unknownStore(let place):
            return "\(Self.name(place)) lies in the store “\(place.store)”, which desk.stores does not name"
        case .waiting(let place, let count, let since):
            return "\(Self.name(place)) has \(count) commands that wait since \(since.rfc3339) for its database "
                + "“\(place.database)” in “\(place.store)”: the desk workers' log says why"
        case .strayCredentials(let count, let since):
            return "\(count) credentials are of accounts that there are not, the oldest since \(since.rfc3339)"
        case .storeAway(let store, let reason):
            return "the store “\(store)” cannot be looked at: \(reason)"
        }
    }

    private static func name(_ place: TenantPlace) -> String {
        "the account \(place.tenant.text) (“\(place.subDomain)”)"
    }
}
