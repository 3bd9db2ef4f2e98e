internal import Postgres
internal import TestSupport
internal import Testing
internal import Ticketing

@testable import Tenancy

@Suite struct CredentialStoreTests {
    private func credential(_ tenant: TenantId, _ name: String = "Acme", hash: String = "h1") -> Credential {
        Credential(tenant: tenant, clientName: name, officialEmail: "a@acme.example", passwordHash: hash)
    }

    private func with(_ body: @escaping @Sendable (ControlTables, CredentialStore) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let tables = try ControlTables(database.settings)
            try tables.connected { try body(tables, CredentialStore($0)) }
        }
    }

    @Test func aCredentialIsStoredOnce() async throws {
        try await with { _, store throws in
            let tenant = TenantId(high: 1, low: 2)
            #expect(try store.credential(of: tenant) == nil)
            #expect(try store.insert(credential(tenant)))
            #expect(try !store.insert(credential(tenant, "Other", hash: "h2")), "the first one counts")
            #expect(try store.credential(of: tenant) == credential(tenant))
        }
    }

    @Test func aLoginNeedsTheAccountAndSaysItsSubDomain() async throws {
        try await with { tables, store throws in
            let place = place(1, version: 0)
            #expect(try store.login(of: place.tenant) == nil)
            _ = try store.insert(credential(place.tenant))
            #expect(try store.login(of: place.tenant) == nil, "not before the account was decided")
            try tables.insert(place)
            let login = try #require(try store.login(of: place.tenant))
            #expect(login.passwordHash == "h1" && login.subDomain == "tenant-1")
            try store.replaceHash("h0", by: "h3", of: place.tenant)
            #expect(try store.login(of: place.tenant)?.passwordHash == "h1", "it is not what it was")
            try store.replaceHash("h1", by: "h3", of: place.tenant)
            #expect(try store.login(of: place.tenant)?.passwordHash == "h3")
        }
    }

    @Test func itShowsNothingOfItself() {
        let credential = credential(TenantId(high: 1, low: 2), hash: "$argon2id$secret")
        var text = ""
        dump(credential, to: &text)
        for shown in ["\(credential)", String(reflecting: credential), text] {
            #expect(!shown.contains("Acme") && !shown.contains("argon2id") && !shown.contains("@"))
        }
    }
}
