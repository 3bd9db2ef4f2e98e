import Postgres
internal import Runtime
import Testing

@Suite struct SectionTests {
    @Test func theSettingsFilesDefaultsReachAConnection() throws {
        let section = PostgresSection.defaults
        let settings = try PostgresSettings(section, url: "postgres://turnstile@127.0.0.1:5432/turnstile")
        #expect(settings.database == "turnstile")
        #expect(settings.connectTimeout == section.connectTimeout)
        #expect(settings.statementTimeout == section.statementTimeout)
        #expect(settings.lockTimeout == section.lockTimeout)
        #expect(settings.idleInTransactionTimeout == section.idleInTransactionTimeout)
        #expect(settings.tcpUserTimeout == section.keepaliveTimeout)
        #expect(settings.responseTimeout > section.statementTimeout, "a slow statement is ended by the server first")
    }

    /// Below, at and above what a connection waits by itself, and the top of the range.
    @Test(arguments: [(0.01, 30), (25, 30), (26, 31), (60, 65), (600, 605)])
    func theServerComesToEndAStatementBeforeItsConnectionIsGivenUp(limit: Double, patience: Int) throws {
        let loaded = try Settings.load(
            file: nil, environment: ["TURNSTILE_POSTGRES_STATEMENT_TIMEOUT": "\(Int(limit * 1000))ms"],
            sections: [PostgresSection.self])
        let section = loaded[PostgresSection.self]
        #expect(section.statementTimeout == .seconds(limit))
        let settings = try PostgresSettings(section, url: "postgres://turnstile@127.0.0.1:5432/turnstile")
        #expect(settings.responseTimeout == .seconds(patience))
        #expect(settings.responseTimeout > section.statementTimeout)
    }

    @Test func theRangesTopIsTheTopThatIsTested() {
        #expect(throws: SettingsError.self) {
            try Settings.load(
                file: nil, environment: ["TURNSTILE_POSTGRES_STATEMENT_TIMEOUT": "600001ms"],
                sections: [PostgresSection.self])
        }
    }

    @Test func theSettingsFilesDefaultsAreAPoolsDefaults() {
        let (wanted, own) = (PostgresPool.Options(PostgresSection.defaults), PostgresPool.Options())
        #expect(wanted.size == own.size && wanted.acquireTimeout == own.acquireTimeout)
        #expect(wanted.firstBackoff == own.firstBackoff && wanted.maximumBackoff == own.maximumBackoff)
    }
}
