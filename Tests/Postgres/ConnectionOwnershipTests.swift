import Postgres
import Runtime
import TestSupport
import Testing

@Suite struct ConnectionOwnershipTests {
    /// What the compiler would refuse to carry over to another thread.
    private struct Smuggled: @unchecked Sendable {  // because: the misuse is what is tested
        let connection: PostgresConnection
    }

    @Test func `a connection that was handed over works on the next thread`() async throws {
        try await TestDatabase.with { database in
            let connection = try PostgresConnection.connect(database.settings)
            connection.handOver()
            let smuggled = Smuggled(connection: connection)
            let thread = try OwnedThread(name: "second") {
                #expect(throws: Never.self) { try smuggled.connection.ping() }
                smuggled.connection.handOver()
            }
            thread.join()
            try connection.ping()
            connection.close()
        }
    }

    @Test func `use on a second thread stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let connection = try PostgresConnection.connect(try PostgresSettings(try TestServers.require().postgres))
            let smuggled = Smuggled(connection: connection)
            let thread = try OwnedThread(name: "second") { try? smuggled.connection.ping() }
            thread.join()
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("belongs to one thread at a time"))
    }

    @Test func `use within its own rows stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let connection = try PostgresConnection.connect(try PostgresSettings(try TestServers.require().postgres))
            try connection.stream("SELECT 1") { _ in try connection.ping() }
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("rows are being streamed"))
    }
}
