public import Postgres
public import Ticketing

/// Who has an account and how they prove it, in the control database: personal, erasable, and in no journal.
public struct CredentialStore {
    let session: any PostgresSession

    public init(_ session: any PostgresSession) {
        self.session = session
    }

    /// Stores a credential, once: whoever comes second for a tenant changes nothing.
    ///
    /// - Returns: whether it was stored now.
    public func insert(_ credential: Credential) throws -> Bool {
        try session.execute(
            """
            INSERT INTO credential (tenant, client_name, official_email, password_hash) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant) DO NOTHING
            """,
            credential.tenant.uuid, credential.clientName, credential.officialEmail, credential.passwordHash) == 1
    }

    public func credential(of tenant: TenantId) throws -> Credential? {
        let row = try session.query(
            "SELECT client_name, official_email, password_hash FROM credential WHERE tenant = $1", tenant.uuid
        ).oneOrNone()
        guard let row else { return nil }
        let (name, email, hash) = try row.decode((String, String, String).self)
        return Credential(tenant: tenant, clientName: name, officialEmail: email, passwordHash: hash)
    }

    /// What a login needs: the hash, and the sub-domain once the account has been decided.
    public func login(of tenant: TenantId) throws -> (passwordHash: String, subDomain: String)? {
        let row = try session.query(
            """
            SELECT c.password_hash, a.sub_domain FROM credential AS c JOIN account AS a ON a.tenant = c.tenant
            WHERE c.tenant = $1
            """, tenant.uuid
        ).oneOrNone()
        return try row.map { try $0.decode((String, String).self) }
    }

    /// Sets another hash of the same password, at another cost.
    public func replaceHash(_ old: String, by new: String, of tenant: TenantId) throws {
        try session.execute(
            "UPDATE credential SET password_hash = $3 WHERE tenant = $1 AND password_hash = $2", tenant.uuid, old, new)
    }
}

extension TenantId {
    fileprivate var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}
