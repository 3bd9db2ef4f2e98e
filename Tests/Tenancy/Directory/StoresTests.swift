internal import Postgres
internal import Testing

@testable import Tenancy

@Suite struct StoresTests {
    private var control: PostgresSettings {
        var settings = PostgresSettings(
            hosts: [.init("10.0.0.1", port: 5433)], user: "turnstile", password: "secret", database: "control")
        settings.statementTimeout = .seconds(3)
        settings.connectTimeout = .seconds(2)
        return settings
    }

    @Test func withoutASettingThereIsTheControlDatabasesOwnServer() throws {
        let stores = try Stores("", control: control)
        #expect(stores.names == ["main"])
        let settings = try #require(stores.settings(store: "main", database: "desk_1"))
        #expect(settings.description == "postgres://turnstile@10.0.0.1:5433/desk_1" && settings.password == "secret")
        #expect(stores.maintenance(store: "main")?.database == "control")
        #expect(stores.settings(store: "other", database: "desk_1") == nil)
    }

    @Test func storesAreReadWithTheControlDatabasesLimits() throws {
        let stores = try Stores(
            " one=postgresql://a:b@db1:6000/maintenance?connect_timeout=99\n two=postgres://db2,db3 ", control: control)
        #expect(stores.names == ["one", "two"])
        let one = try #require(stores.settings(store: "one", database: "desk_1"))
        #expect(one.description == "postgres://a@db1:6000/desk_1" && one.password == "b")
        #expect(one.statementTimeout == .seconds(3) && one.connectTimeout == .seconds(2))
        #expect(stores.maintenance(store: "one")?.database == "maintenance")
        #expect(stores.maintenance(store: "two")?.database == "postgres")
        #expect(stores.settings(store: "two", database: "x")?.hosts.count == 2)
        #expect(stores.settings(store: "main", database: "x")?.hosts == control.hosts, "old tenants are found")
    }

    @Test func theNameMainCanBeGivenToAnother() throws {
        let stores = try Stores("main=postgresql://db1", control: control)
        #expect(stores.names == ["main"] && stores.settings(store: "main", database: "x")?.hosts.first?.name == "db1")
    }

    @Test(arguments: [
        ("postgresql://db1", "is no NAME=URL"), ("=postgresql://db1", "a name"), ("a.b=postgresql://db1", "a name"),
        ("a\u{10}=postgresql://db1", "a name"), ("a=postgresql://db1 a=postgresql://db2", "“a” is there twice"),
        ("a=postgresql://u:hunter2@db1?what=x", "the URL of “a”"), ("a=hunter2", "the URL of “a”"),
    ])
    func whatCannotBeMeantIsToldWithoutAPassword(text: String, words: String) throws {
        let control = control
        let error = try #require(throws: StoresError.self) { try Stores(text, control: control) }
        #expect(error.description.contains(words) && !error.description.contains("hunter2"))
    }

    @Test func aNewDatabaseGoesToTheLeastFullAndAmongEqualsToTheFirst() throws {
        let stores = try Stores("one=postgresql://db1 two=postgresql://db2 three=postgresql://db3", control: control)
        #expect(stores.leastFull([:]) == "one")
        #expect(stores.leastFull(["one": 3, "two": 2, "three": 2]) == "two")
        #expect(stores.leastFull(["one": 3, "two": 2, "main": 0]) == "three", "and only to those that are set")
    }
}
