internal import Postgres
internal import Runtime
internal import Tenancy
internal import Ticketing
internal import Wire

/// `turnstile tenants` and `turnstile keys`.
enum AccessCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        guard let request = arguments.access else { throw UsageError("tenants and keys need to be told what to do") }
        do {
            let settings = try arguments.databaseSettings()
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            if case .examineTenants = request {
                return try TenantsCommand.examine(connection, settings, try arguments.installationSettings())
            }
            try perform(request, TenantStore(connection))
            return ExitCode.success.rawValue
        } catch let error as PostgresError where error.isConnectionLost {
            throw ProgramFailure(.unavailable, "\(error)")
        }
    }

    private static func perform(_ request: AccessRequest, _ store: TenantStore) throws {
        switch request {
        case .createTenant(let name): try createTenant(name, store)
        case .listTenants: try listTenants(store)
        case .examineTenants: break
        case .createKey(let new): try createKey(new, store)
        case .listKeys(let tenant): try listKeys(tenant, store)
        case .revokeKey(let id): try revokeKey(id, store)
        }
    }

    private static func createTenant(_ name: String, _ store: TenantStore) throws {
        do {
            Terminal.line(try store.createTenant(named: name).text)
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            throw ProgramFailure(.failure, "there is a tenant “\(name)” already")
        }
        Terminal.note("tenant “\(name)”; it needs keys: turnstile keys create --tenant \(name) --scopes read,produce")
    }

    private static func listTenants(_ store: TenantStore) throws {
        let tenants = try store.tenants()
        Terminal.table([["tenant", "name", "created"]] + tenants.map { [$0.id.text, $0.name, date($0.createdAt)] })
    }

    private static func createKey(_ new: AccessRequest.NewKey, _ store: TenantStore) throws {
        let tenant = try new.tenant.map { try known($0, store) }
        let key = try store.createKey(named: new.name, of: tenant, scopes: new.scopes, rateLimit: new.rateLimit)
        Terminal.line(key.text)
        let owner = new.tenant.map { "of tenant “\($0)”" } ?? "that runs the installation"
        let scopes = new.scopes.map(\.rawValue).joined(separator: ", ")
        let limit = new.rateLimit.map { "\($0) requests a second" } ?? "no limit of requests"
        Terminal.note("a key \(owner): \(scopes); \(limit). It is shown this once: keep it.")
    }

    private static func listKeys(_ name: String?, _ store: TenantStore) throws {
        let tenant = try name.map { try known($0, store) }
        var rows = [["key", "tenant", "name", "scopes", "limit", "created", "revoked"]]
        for key in try store.keys(of: tenant) {
            let scopes = key.scopes.map(\.rawValue).joined(separator: ",")
            let limit: String = key.rateLimit.map { "\($0)/s" } ?? "-"
            let revoked: String = key.revokedAt.map(date) ?? "-"
            rows.append([key.id, key.tenant ?? "-", key.name, scopes, limit, date(key.createdAt), revoked])
        }
        Terminal.table(rows)
    }

    private static func revokeKey(_ id: String, _ store: TenantStore) throws {
        switch try store.revokeKey(id) {
        case .revoked: Terminal.line("revoked \(id); within seconds no process takes it any more")
        case .wasRevoked(let time): Terminal.line("\(id) was revoked already, \(date(time))")
        case .unknown: throw ProgramFailure(.failure, "there is no key \(id): turnstile keys list shows all")
        }
    }

    private static func known(_ name: String, _ store: TenantStore) throws -> TenantId {
        guard let tenant = try store.tenant(named: name) else {
            throw ProgramFailure(.failure, "there is no tenant “\(name)”: turnstile tenants list shows all")
        }
        return tenant
    }

    /// To the second, in UTC.
    private static func date(_ time: Timestamp) -> String { "\(time.rfc3339.prefix(19))Z" }
}
