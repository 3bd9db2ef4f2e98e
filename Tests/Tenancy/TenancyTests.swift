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
}
