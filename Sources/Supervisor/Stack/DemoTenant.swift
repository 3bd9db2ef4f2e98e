internal import Postgres
internal import Tenancy

/// The tenant that a new installation can be tried out with.
enum DemoTenant {
    private static let name = "demo"

    /// Makes the tenant, if it is not there, and keys, one a scope.
    ///
    /// - Returns: the keys, and whether the tenant is new.
    static func create(_ connection: PostgresConnection) throws -> (keys: RunFile.Keys, isNewTenant: Bool) {
        try connection.transaction { transaction in
            let store = TenantStore(transaction)
            let known = try store.tenant(named: name)
            let tenant = try known ?? store.createTenant(named: name)
            // Whoever sends or changes something may also look at what came of it.
            let keys = RunFile.Keys(
                produce: try store.createKey(named: "demo produce", of: tenant, scopes: [.produce, .read]).text,
                manage: try store.createKey(named: "demo manage", of: tenant, scopes: [.manage, .read]).text,
                read: try store.createKey(named: "demo read", of: tenant, scopes: [.read]).text,
                operate: try store.createKey(named: "demo operate", of: nil, scopes: [.operate]).text)
            return (keys, known == nil)
        }
    }

    /// Whether the database knows all of these keys: it may have been replaced under the installation.
    static func knows(_ keys: RunFile.Keys, _ connection: PostgresConnection) throws -> Bool {
        let store = TenantStore(connection)
        for text in [keys.produce, keys.manage, keys.read, keys.operate] {
            guard let key = APIKey(text), try store.grant(for: key) != nil else { return false }
        }
        return true
    }
}
