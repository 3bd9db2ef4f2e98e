public import Postgres
internal import Runtime
internal import Ticketing

/// The directory's table in the control database, for those who have a copy of it.
public struct DirectoryStore {
    let session: any PostgresSession

    public init(_ session: any PostgresSession) {
        self.session = session
    }

    /// Answers a question in one statement, and so as of one moment.
    public func read(_ question: DirectoryQuestion) throws -> DirectoryReading {
        let rows = try session.query(
            """
            SELECT d.version, a.tenant, a.sub_domain, a.status, a.store, a.database, a.partition, a.version,
                a.changed_at
            FROM directory AS d LEFT JOIN account AS a ON a.version > $1
            """, question.since)
        var version: Int64 = 0
        var places: [TenantPlace] = []
        for row in rows {
            version = try row.get(0)
            guard let tenant: PostgresUUID = try row.get(1) else { continue }
            guard let status = TenantPlace.Status(rawValue: try row.get(3)) else { continue }
            places.append(
                TenantPlace(
                    tenant: TenantId(high: tenant.high, low: tenant.low), subDomain: try row.get(2), status: status,
                    store: try row.get(4), database: try row.get(5), partition: Int(try row.get(6, as: Int32.self)),
                    version: try row.get(7), changedAt: try row.get(8)))
        }
        return DirectoryReading(question, version: version, places: places)
    }

    /// How many databases each store has, for the choice of a new one's.
    public func counts() throws -> [String: Int] {
        let rows = try session.query("SELECT store, count(*) FROM account GROUP BY store")
        var counts: [String: Int] = [:]
        for row in rows { counts[try row.get(0)] = Int(try row.get(1, as: Int64.self)) }
        return counts
    }
}
