internal import Glibc
internal import Postgres
internal import Runtime
internal import Schema
internal import TestSupport
internal import Ticketing

@testable import Tenancy

/// A tenant of a number, at a version of the directory.
func place(
    _ tenant: UInt64, version: Int64, subDomain: String? = nil, status: TenantPlace.Status = .active,
    partition: Int? = nil, store: String = "main", database: String? = nil
) -> TenantPlace {
    TenantPlace(
        tenant: TenantId(high: 7, low: tenant), subDomain: subDomain ?? "tenant-\(tenant)", status: status,
        store: store, database: database ?? "desk_\(tenant)", partition: partition ?? Int(tenant % 4),
        version: version, changedAt: Timestamp(microseconds: 1_700_000_000_000_000 + version))
}

/// The control database's tables, in a database of a test's own.
struct ControlTables: Sendable {
    let settings: PostgresSettings

    init(_ settings: PostgresSettings) throws {
        self.settings = settings
        let steps = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema")
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        _ = try Migrator.migrate(connection, to: steps)
    }

    func connected<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        return try body(connection)
    }

    /// What a worker does when somebody asks for an account.
    ///
    /// - Returns: the place as the directory has it.
    @discardableResult func insert(_ place: TenantPlace) throws -> TenantPlace {
        try connected { connection in
            let id = PostgresUUID(high: place.tenant.high, low: place.tenant.low)
            let row = try connection.query(
                """
                INSERT INTO account (tenant, sub_domain, status, store, database, partition, command, payload,
                    requested_at, version)
                VALUES ($1, $2, $3, $4, $5, $6, $1, 'x', now(), next_directory_version()) RETURNING version, changed_at
                """, id, place.subDomain, place.status.rawValue, place.store, place.database, Int32(place.partition)
            ).one()
            return try Self.place(place, at: row)
        }
    }

    /// What a worker does when the tenant's database is there.
    @discardableResult func activate(_ place: TenantPlace) throws -> TenantPlace {
        try connected { connection in
            let id = PostgresUUID(high: place.tenant.high, low: place.tenant.low)
            let row = try connection.query(
                """
                UPDATE account SET status = 1, version = next_directory_version(), changed_at = clock_timestamp()
                WHERE tenant = $1 RETURNING version, changed_at
                """, id
            ).one()
            var place = place
            place.status = .active
            return try Self.place(place, at: row)
        }
    }

    private static func place(_ place: TenantPlace, at row: PostgresRow) throws -> TenantPlace {
        var place = place
        (place.version, place.changedAt) = try row.decode((Int64, Timestamp).self)
        return place
    }
}

struct TookTooLong: Error, CustomStringConvertible {
    let description: String
}

/// Waits on a fact; looks often enough that nobody notices.
func wait(until what: String, within limit: Duration = .seconds(30), _ isSo: () throws -> Bool) throws {
    let deadline = SystemTime().monotonic + limit
    while !(try isSo()) {
        guard SystemTime().monotonic < deadline else { throw TookTooLong(description: "not within \(limit): \(what)") }
        usleep(2_000)
    }
}
