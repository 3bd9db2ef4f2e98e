import Testing

@testable import Postgres

@Suite struct SettingsTests {
    @Test func `a URL finds its fields`() throws {
        let settings = try PostgresSettings(
            "postgres://sales:s%20ecret@a:5433,b:5434/shop?connect_timeout=3&target_session_attrs=read-write"
                + "&application_name=seats&tcp_user_timeout=4000&keepalives_idle=7&sslmode=disable&sslrootcert=/ca")
        #expect(settings.hosts == [.init("a", port: 5433), .init("b", port: 5434)])
        #expect(settings.user == "sales")
        #expect(settings.password == "s ecret")
        #expect(settings.database == "shop")
        #expect(settings.connectTimeout == .seconds(3))
        #expect(settings.targetSession == .readWrite)
        #expect(settings.applicationName == "seats")
        #expect(settings.tcpUserTimeout == .seconds(4))
        #expect(settings.keepalive?.idle == .seconds(7))
        #expect(settings.encryption == .disable)
        #expect(settings.other["sslrootcert"] == "/ca")
    }

    @Test func `keywords are read as well and one port serves all hosts`() throws {
        let settings = try PostgresSettings("host=a,b port=6000 user=u dbname=d keepalives=0")
        #expect(settings.hosts == [.init("a", port: 6000), .init("b", port: 6000)])
        #expect(settings.keepalive == nil)
    }

    @Test(arguments: [
        "postgres://u:hunter2@h/d?nonsense=1", "host=a password=hunter2 nonsense", "postgres://u:hunter2@h:port/d",
        "host=a,b,c port=1,2 password=hunter2", "host=h connect_timeout=soon password=hunter2",
        "port=0 password=hunter2",
        "host=h target_session_attrs=prefer-standby password=hunter2",
    ])
    func `what cannot be read is refused and the password stays out of it`(text: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresSettings(text) }
        #expect(error?.code == .invalidSettings)
        #expect(error.map { "\($0)\($0.message)" }?.contains("hunter2") == false)
    }

    @Test func `no description shows the password`() throws {
        let settings = try PostgresSettings("postgres://u:hunter2@h/d")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!(String(describing: settings) + String(reflecting: settings) + dumped).contains("hunter2"))
    }

    @Test func `limits become options of the session`() {
        var settings = PostgresSettings(hosts: [.init("h")])
        settings.statementTimeout = .seconds(2)
        settings.lockTimeout = .milliseconds(5)
        settings.idleInTransactionTimeout = .microseconds(10)
        let options = settings.parameters(for: .init("h")).first { $0.keyword == "options" }?.value
        #expect(
            options
                == "-c statement_timeout=2000 -c lock_timeout=5 -c idle_in_transaction_session_timeout=1")
    }
}
