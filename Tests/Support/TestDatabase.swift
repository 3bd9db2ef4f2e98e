internal import Glibc
public import Postgres
internal import Synchronization

/// A database of a test's own on the shared server, empty, and dropped afterwards even if sessions are still open.
///
///     try await TestDatabase.withConnection { connection in … }
public struct TestDatabase: Sendable {
    public let name: String
    /// How to connect to it as its owner.
    public let settings: PostgresSettings
    /// The same for those who want a URL, with its password.
    public let url: String

    private let maintenance: PostgresSettings
    private static let serial = Atomic<Int>(0)

    /// Creates it. Blocks; the caller drops it.
    public init() throws {
        let server = try TestServers.require().postgres
        var maintenance = try PostgresSettings(server)
        maintenance.applicationName = "turnstile-tests"
        let serial = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
        name = "test_\(getpid())_\(serial)"
        self.maintenance = maintenance
        var settings = maintenance
        settings.database = name
        self.settings = settings
        url = server.replacing(#/\/[^\/]*$/#, with: "/\(name)")
        try Self.run("CREATE DATABASE \(PostgresIdentifier(name)) TEMPLATE template0", maintenance)
    }

    public func drop() throws {
        try Self.run("DROP DATABASE IF EXISTS \(PostgresIdentifier(name)) WITH (FORCE)", maintenance)
    }

    private static func run(_ statement: SQL, _ settings: PostgresSettings) throws {
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        try connection.run(script: statement)
    }

    /// Runs a blocking body on a thread of its own with a new database.
    public static func with<Value: Sendable>(
        _ body: @escaping @Sendable (TestDatabase) throws -> Value
    ) async throws -> Value {
        try await onThread("test-database") {
            let database = try TestDatabase()
            let result = Result { try body(database) }
            try database.drop()
            return try result.get()
        }
    }

    /// The same with a connection to it.
    public static func withConnection<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Value
    ) async throws -> Value {
        try await with { database in
            let connection = try PostgresConnection.connect(database.settings)
            defer { connection.close() }
            return try body(connection)
        }
    }
}
