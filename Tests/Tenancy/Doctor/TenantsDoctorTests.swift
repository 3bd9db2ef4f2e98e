internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing

@testable import Tenancy

@Suite struct TenantDatabaseNameTests {
    @Test func itIsTheIdsDigits() {
        let name = TenantDatabaseName.of(TenantId(high: 0xAB, low: .max))
        #expect(name == "desk_00000000000000abffffffffffffffff" && TenantDatabaseName.isOne(name))
        for other in ["desk_", "desk_0", name.uppercased(), "x" + name, name + "0", "postgres", ""] {
            #expect(!TenantDatabaseName.isOne(other), "\(other)")
        }
    }
}

/// With servers of its own: what lies on one is looked at as a whole.
@Suite struct TenantsDoctorTests {
    private struct Clinic {
        let server: PrivatePostgres
        let tables: ControlTables

        init() throws {
            server = try PrivatePostgres()
            var settings = server.settings
            settings.database = "control"
            try Self.run("CREATE DATABASE control", server.settings)
            tables = try ControlTables(settings)
        }

        static func run(_ statement: SQL, _ settings: PostgresSettings) throws {
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            try connection.run(script: statement)
        }

        func make(_ database: String) throws {
            try Self.run("CREATE DATABASE \(PostgresIdentifier(database))", server.settings)
        }

        func account(_ number: UInt64, _ status: TenantPlace.Status, store: String = "main") throws -> TenantPlace {
            let database = TenantDatabaseName.of(TenantId(high: 7, low: number))
            return try tables.insert(place(number, version: 0, status: status, store: store, database: database))
        }

        func findings(_ stores: String = "") throws -> [TenantsFinding] {
            try tables.connected { connection in
                try TenantsDoctor(connection, stores: try Stores(stores, control: tables.settings)).examine().findings
            }
        }
    }

    @Test func whatIsHalfDoneNobodysOrMissingIsFound() async throws {
        try await onThread {
            let clinic = try Clinic()
            #expect(try clinic.findings() == [])
            let good = try clinic.account(1, .active)
            try clinic.make(good.database)
            _ = try clinic.account(2, .requested)
            // What belongs to no tenant is nobody's business here.
            try clinic.make("desk_of_the_hotel")
            #expect(try clinic.findings() == [], "who has just asked is not late")

            try clinic.tables.connected { connection in
                try connection.run(script: "UPDATE account SET requested_at = now() - interval '2 minutes'")
            }
            let late = try #require(try clinic.findings().first)
            guard case .unfinished(let place, let since, false, nil) = late else {
                Issue.record("\(late)")
                return
            }
            #expect(place.subDomain == "tenant-2" && SystemTime().wall - since > .seconds(110))
            #expect(late.description.contains("nobody is going to finish it"))

            try clinic.make(place.database)
            _ = try clinic.tables.connected { connection in
                try connection.execute(
                    """
                    INSERT INTO effect (id, kind, event, tenant, partition, command, body, state, next_at, created_at,
                        last_error)
                    SELECT tenant, 'accounts', tenant, tenant, 0, command, '{}', 'parked', now(), now(), 'no room'
                    FROM account WHERE status = 0
                    """)
            }
            let parked = try #require(try clinic.findings().first)
            #expect(parked.description.contains("its database is there, and whoever is to finish it is parked"))
            #expect(parked.description.contains("no room"))
            _ = try clinic.tables.activate(place)
            #expect(try clinic.findings() == [])

            let nobodys = TenantDatabaseName.of(TenantId(high: 1, low: 1))
            try clinic.make(nobodys)
            #expect(try clinic.findings() == [.orphan(store: "main", database: nobodys)])
            try Clinic.run("DROP DATABASE \(PostgresIdentifier(nobodys))", clinic.server.settings)
            try Clinic.run("DROP DATABASE \(PostgresIdentifier(good.database))", clinic.server.settings)
            #expect(try clinic.findings() == [.missing(good)])
        }
    }

    @Test func whatPeopleSaidOfThemselvesForNothingIsFound() async throws {
        try await onThread {
            let clinic = try Clinic()
            let account = try clinic.account(1, .requested)
            func credential(_ tenant: TenantId) throws {
                _ = try clinic.tables.connected {
                    try CredentialStore($0).insert(
                        Credential(tenant: tenant, clientName: "A", officialEmail: "a@b", passwordHash: "h"))
                }
            }
            for tenant in [account.tenant, TenantId(high: 1, low: 1), TenantId(high: 1, low: 2)] {
                try credential(tenant)
            }
            #expect(try clinic.findings() == [], "what was said today may still be decided")
            try clinic.tables.connected {
                try $0.run(script: "UPDATE credential SET created_at = now() - interval '25 hours'")
            }
            try credential(TenantId(high: 1, low: 3))
            let findings = try clinic.findings()
            guard findings.count == 1, case .strayCredentials(2, _) = findings[0] else {
                Issue.record("\(findings)")
                return
            }
        }
    }

    @Test func whoseCommandsWaitForLongIsFound() async throws {
        try await onThread {
            let clinic = try Clinic()
            let (stuck, other) = (try clinic.account(1, .active), try clinic.account(2, .active))
            for place in [stuck, other] { try clinic.make(place.database) }
            func keep(_ place: TenantPlace, _ age: String) throws {
                _ = try clinic.tables.connected { connection in
                    try connection.execute(
                        """
                        INSERT INTO spill (tenant, partition, line, spilled_at)
                        VALUES ($1, 0, 'x', now() - $2::interval)
                        """, PostgresUUID(high: place.tenant.high, low: place.tenant.low), age)
                }
            }
            try keep(stuck, "10 s")
            try keep(other, "10 s")
            #expect(try clinic.findings() == [], "a short outage ends by itself")
            try keep(stuck, "5 min")
            let findings = try clinic.findings()
            guard findings.count == 1, case .waiting(let place, commands: 2, let since) = findings[0] else {
                Issue.record("\(findings)")
                return
            }
            #expect(place.tenant == stuck.tenant && SystemTime().wall - since > .seconds(290))
            #expect(findings[0].description.contains("2 commands that wait since"))
        }
    }

    @Test func everyStoreIsLookedAt() async throws {
        try await onThread {
            let (clinic, other) = (try Clinic(), try PrivatePostgres())
            let stores = "one=postgresql://turnstile@127.0.0.1:\(other.port)/postgres?sslmode=disable"
            let there = try clinic.account(1, .active, store: "one")
            let lost = try clinic.account(2, .active, store: "gone")
            #expect(try clinic.findings(stores) == [.unknownStore(lost), .missing(there)])
            try Clinic.run("CREATE DATABASE \(PostgresIdentifier(there.database))", other.settings)
            // The same server under another name.
            let twice = stores + " two=postgresql://turnstile@127.0.0.1:\(other.port)/postgres?sslmode=disable"
            let nobodys = TenantDatabaseName.of(TenantId(high: 1, low: 1))
            try Clinic.run("CREATE DATABASE \(PostgresIdentifier(nobodys))", other.settings)
            #expect(
                try clinic.findings(twice) == [.orphan(store: "one", database: nobodys), .unknownStore(lost)])
            other.stop()
            let away = try clinic.findings(stores)
            #expect(away.count == 2 && away[1] == .unknownStore(lost), "what cannot be seen is not missing")
            guard case .storeAway("one", _) = away[0] else {
                Issue.record("\(away)")
                return
            }
        }
    }
}
