public import Postgres
public import Runtime

/// The Postgres servers that tenants' databases lie on, by the names that the directory has for them.
public struct Stores: Sendable {
    /// The control database's own server, which is always known under this name, unless another one has it.
    public static let main = "main"

    /// Those that new tenants go to, in the order in which they are set.
    public let names: [String]
    private let servers: [String: PostgresSettings]

    /// - Parameter control: how the control database is reached; its limits are those of all.
    public init(_ section: DeskSection, control: PostgresSettings) throws(StoresError) {
        try self.init(section.stores?.exposed ?? "", control: control)
    }

    package init(_ text: String, control: PostgresSettings) throws(StoresError) {
        var names: [String] = []
        var servers = [Self.main: control]
        for entry in text.split(whereSeparator: \.isWhitespace) {
            guard let equals = entry.firstIndex(of: "=") else { throw StoresError("an entry is no NAME=URL") }
            let name = String(entry[..<equals])
            guard Self.isName(name) else {
                throw StoresError("a name is not of 1 to 64 letters, digits, hyphens and underscores")
            }
            guard !names.contains(name) else { throw StoresError("the name “\(name)” is there twice") }
            var settings: PostgresSettings
            do throws(PostgresError) {
                settings = try PostgresSettings(String(entry[entry.index(after: equals)...]))
            } catch {
                throw StoresError("the URL of “\(name)”: \(error.message)")
            }
            settings.takeLimits(of: control)
            names.append(name)
            servers[name] = settings
        }
        self.names = names.isEmpty ? [Self.main] : names
        self.servers = servers
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), SubDomain.hyphen, UInt8(ascii: "_"): true
                default: SubDomain.isPlain(byte)
                }
            }
    }

    /// How to reach a tenant's database; nil where nobody knows such a store.
    public func settings(store: String, database: String) -> PostgresSettings? {
        guard var settings = servers[store] else { return nil }
        settings.database = database
        return settings
    }

    /// How to reach the database of a store that others are made from: the one that its URL names, or “postgres”.
    public func maintenance(store: String) -> PostgresSettings? {
        guard var settings = servers[store] else { return nil }
        settings.database = settings.database ?? "postgres"
        return settings
    }

    /// Where the next database goes.
    ///
    /// - Parameter counts: how many each has by now.
    public func leastFull(_ counts: [String: Int]) -> String {
        names.min { counts[$0, default: 0] < counts[$1, default: 0] } ?? Self.main
    }
}

/// Why the setting `desk.stores` cannot be meant. It never says what a URL says.
public struct StoresError: Error, Hashable, Sendable, CustomStringConvertible {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    public var description: String { "desk.stores: \(reason)" }
}

extension PostgresSettings {
    /// A store's URL says where it is; how patient to be with it is the same for all.
    fileprivate mutating func takeLimits(of other: PostgresSettings) {
        connectTimeout = other.connectTimeout
        responseTimeout = other.responseTimeout
        cancelTimeout = other.cancelTimeout
        tcpUserTimeout = other.tcpUserTimeout
        statementTimeout = other.statementTimeout
        lockTimeout = other.lockTimeout
        idleInTransactionTimeout = other.idleInTransactionTimeout
        preparedStatements = other.preparedStatements
        applicationName = other.applicationName
    }
}
