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

    @Test func theSettingsFilesDefaultsAreAPoolsDefaults() {
        let (wanted, own) = (PostgresPool.Options(PostgresSection.defaults), PostgresPool.Options())
        #expect(wanted.size == own.size && wanted.acquireTimeout == own.acquireTimeout)
        #expect(wanted.firstBackoff == own.firstBackoff && wanted.maximumBackoff == own.maximumBackoff)
    }
}
