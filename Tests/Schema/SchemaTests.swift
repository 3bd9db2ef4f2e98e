internal import Postgres
internal import Runtime
internal import TestSupport
import Testing

@testable import Schema

@Suite struct MigrationFilesTests {
    private func read(_ files: [String: String]) throws -> [Migration] {
        let folder = try TemporaryFolder("schema")
        for (name, text) in files { try folder.write(text, to: name) }
        return try Migration.read(folder: folder.path)
    }

    @Test func stepsAreReadInOrder() throws {
        let steps = try read(["0002-b.sql": "SELECT 2", "0001-a.sql": "SELECT 1", "notes.txt": "no step"])
        #expect(
            steps == [
                Migration(number: 1, name: "a", script: "SELECT 1"),
                Migration(number: 2, name: "b", script: "SELECT 2"),
            ])
    }

    @Test(arguments: [
        (["0002-b.sql"], "expected number 1"), (["0001-a.sql", "0001-b.sql"], "expected number 2"),
        (["1-a.sql"], "is named like"), (["0001 a.sql"], "is named like"),
    ])
    func aGapATwinOrAWrongNameIsRefused(files: [String], message: String) {
        let error = #expect(throws: SchemaError.self) {
            try read(Dictionary(uniqueKeysWithValues: files.map { ($0, "SELECT 1") }))
        }
        #expect(error?.code == .misnamed && error?.description.contains(message) == true)
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = #expect(throws: SchemaError.self) { try Migration.read(folder: "/nowhere") }
        #expect(error?.code == .unreadable && error?.description.contains("/nowhere") == true)
    }
}

@Suite struct MigratorTests {
    private static let first = Migration(
        number: 1, name: "a", script: "CREATE TABLE a (id integer); INSERT INTO a VALUES (1)")
    private static let second = Migration(number: 2, name: "b", script: "CREATE TABLE b (id integer)")

    @Test func theProjectsOwnStepsApplyToAnEmptyDatabase() async throws {
        let steps = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema")
        try await TestDatabase.withConnection { connection throws in
            #expect(try Migrator.migrate(connection, to: steps) == steps)
        }
    }

    @Test func eachStepIsTakenOnce() async throws {
        try await TestDatabase.withConnection { connection throws in
            #expect(try Migrator.migrate(connection, to: [Self.first]) == [Self.first])
            #expect(try Migrator.migrate(connection, to: [Self.first, Self.second]) == [Self.second])
            #expect(try Migrator.migrate(connection, to: [Self.first, Self.second]).isEmpty)
            #expect(try connection.query("SELECT count(*) FROM a").one().get(0, as: Int64.self) == 1)
        }
    }

    @Test func aStepThatFailsLeavesNothingBehind() async throws {
        let broken = Migration(number: 2, name: "b", script: "CREATE TABLE b (id integer); SELECT 1 / 0")
        try await TestDatabase.withConnection { connection throws in
            let error = #expect(throws: PostgresError.self) {
                try Migrator.migrate(connection, to: [Self.first, broken])
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(try connection.query("SELECT to_regclass('b') IS NULL").one().get(0, as: Bool.self))
            #expect(try Migrator.migrate(connection, to: [Self.first, Self.second]) == [Self.second])
        }
    }

    @Test func aStepThatWasAlteredAfterwardsIsRefused() async throws {
        let altered = Migration(number: 1, name: "a", script: Self.first.script + " ")
        try await TestDatabase.withConnection { connection throws in
            _ = try Migrator.migrate(connection, to: [Self.first])
            let error = #expect(throws: SchemaError.self) { try Migrator.migrate(connection, to: [altered]) }
            #expect(error?.code == .altered && error?.description.contains("migration 1 (a)") == true)
        }
    }

    @Test func aDatabaseOfANewerProgramIsRefused() async throws {
        try await TestDatabase.withConnection { connection throws in
            _ = try Migrator.migrate(connection, to: [Self.first, Self.second])
            let error = #expect(throws: SchemaError.self) { try Migrator.migrate(connection, to: [Self.first]) }
            #expect(error?.code == .newer && error?.description.contains("run a newer one") == true)
        }
    }

    @Test func programsThatStartTogetherTakeTurns() async throws {
        let slow = Migration(number: 1, name: "a", script: "SELECT pg_sleep(0.1); CREATE TABLE a (id integer)")
        try await TestDatabase.with { database in
            let outcomes = Lock<[Result<Int, any Error>]>([])
            let threads = try (0..<3).map { number in
                try OwnedThread(name: "migrator-\(number)") {
                    let outcome = Result {
                        let connection = try PostgresConnection.connect(database.settings)
                        defer { connection.close() }
                        return try Migrator.migrate(connection, to: [slow]).count
                    }
                    outcomes.withLock { $0.append(outcome) }
                }
            }
            for thread in threads { thread.join() }
            let taken = try outcomes.withLock { try $0.map { try $0.get() } }
            #expect(taken.sorted() == [0, 0, 1])
        }
    }
}
