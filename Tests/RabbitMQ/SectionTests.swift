import RabbitMQ
internal import Runtime
import Testing

@Suite struct SectionTests {
    @Test func theSettingsFilesDefaultsAreAConnectionsDefaults() throws {
        let wanted = try ConnectionSettings(RabbitMQSection.defaults, url: "amqp://guest:guest@127.0.0.1/")
        let own = ConnectionSettings()
        #expect(wanted.heartbeat == own.heartbeat)
        #expect(wanted.connectTimeout == own.connectTimeout)
        #expect(wanted.replyTimeout == own.replyTimeout)
    }
}
