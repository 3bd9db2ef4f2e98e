internal import Postgres
internal import Schema
internal import TestSupport
import Testing

@testable import Tenancy

@Suite struct APIKeyTests {
    @Test func aKeyIsReadBackFromItsText() throws {
        let key = APIKey.make()
        let read = try #require(APIKey(key.text))
        #expect(read.id == key.id && read.secretHash == key.secretHash)
    }

    @Test func noTwoKeysAreAlikeAndNoneShowsItsSecret() throws {
        let (first, second) = (APIKey.make(), APIKey.make())
        #expect(first.id != second.id && first.secretHash != second.secretHash)
        let secret = try #require(first.text.split(separator: ".").last)
        #expect(!"\(first)".contains(secret) && secret.utf8.count >= 43)
    }

    @Test(arguments: [
        "", ".", "key_", "key_.", "key_.secret", "key_a.", "a.b", "key_a.b.c", "key_a",
        String(repeating: "k", count: 300),
    ])
    func whatNoKeyCanLookLikeIsNone(text: String) {
        #expect(APIKey(text) == nil)
    }
}

@Suite struct TenantStoreTests {
    private func withStore(_ body: @escaping @Sendable (TenantStore) throws -> Void) async throws {
        let steps = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema")
        try await TestDatabase.withConnection { connection in
            _ = try Migrator.migrate(connection, to: steps)
            try body(TenantStore(connection))
        }
    }

    @Test func aKeyGrantsItsScopesOnItsTenant() async throws {
        try await withStore { store in
            let tenant = try store.createTenant(named: "opera")
            #expect(try store.tenant(named: "opera") == tenant)
            let key = try store.createKey(named: "shop", of: tenant, scopes: [.produce, .read], rateLimit: 50)
            #expect(
                try store.grant(for: key) == Grant(tenant: tenant, scopes: [.produce, .read], rateLimit: 50))
        }
    }

    @Test func aWrongSecretGrantsNothing() async throws {
        try await withStore { store in
            let key = try store.createKey(named: "ops", of: nil, scopes: [.operate])
            let forged = try #require(APIKey("\(key.id).guess"))
            #expect(try store.grant(for: forged) == nil)
            #expect(try store.grant(for: APIKey.make()) == nil)
        }
    }

    @Test func anOperatorsKeyHasNoTenantAndATenantsKeyDoesNotOperate() async throws {
        try await withStore { store in
            let tenant = try store.createTenant(named: "opera")
            for (owner, scopes) in [(nil, [Scope.read]), (tenant, [.operate]), (tenant, [])] {
                let error = #expect(throws: PostgresError.self) {
                    try store.createKey(named: "wrong", of: owner, scopes: scopes)
                }
                #expect(error?.sqlState == .checkViolation)
            }
        }
    }

    @Test func aNameIsTakenOnce() async throws {
        try await withStore { store in
            _ = try store.createTenant(named: "opera")
            let error = #expect(throws: PostgresError.self) { try store.createTenant(named: "opera") }
            #expect(error?.sqlState == .uniqueViolation)
        }
    }

    @Test func tenantsAreListedByName() async throws {
        try await withStore { store in
            let ids = try ["opera", "arena"].map { try store.createTenant(named: $0) }
            let listed = try store.tenants()
            #expect(listed.map(\.name) == ["arena", "opera"] && listed.map(\.id) == [ids[1], ids[0]])
        }
    }

    @Test func keysAreListedWithoutTheirSecretsForOneTenantOrForAll() async throws {
        try await withStore { store in
            let opera = try store.createTenant(named: "opera")
            let arena = try store.createTenant(named: "arena")
            let shop = try store.createKey(named: "shop", of: opera, scopes: [.produce, .read], rateLimit: 50)
            let gate = try store.createKey(named: "gate", of: arena, scopes: [.produce])
            let operate = try store.createKey(named: "ops", of: nil, scopes: [.operate])
            let listed = try #require(try store.keys(of: opera).first)
            #expect(try store.keys(of: opera).count == 1)
            #expect(listed.id == shop.id && listed.tenant == "opera" && listed.name == "shop")
            #expect(listed.scopes == [.produce, .read] && listed.rateLimit == 50 && listed.revokedAt == nil)
            #expect(Set(try store.keys().map(\.id)) == [shop.id, gate.id, operate.id])
            #expect(try store.keys().first { $0.id == operate.id }?.tenant == nil)
        }
    }

    @Test func aRevokedKeyGrantsNothingAndSaysWhenItWasRevoked() async throws {
        try await withStore { store in
            let tenant = try store.createTenant(named: "opera")
            let (key, other) = (
                try store.createKey(named: "shop", of: tenant, scopes: [.read]),
                try store.createKey(named: "gate", of: tenant, scopes: [.read])
            )
            #expect(try store.revokeKey(key.id) == .revoked)
            #expect(try store.grant(for: key) == nil)
            #expect(try store.unrevoked([key.id, other.id]) == [other.id])
            let time = try #require(try store.keys(of: tenant).first { $0.id == key.id }?.revokedAt)
            #expect(try store.revokeKey(key.id) == .wasRevoked(time), "the first time stays")
            #expect(try store.revokeKey("key_nobodys") == .unknown)
            #expect(try store.grant(for: other) != nil)
        }
    }
}
