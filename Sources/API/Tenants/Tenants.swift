internal import HTTPServer
public import Postgres
public import RabbitMQ
public import Runtime
public import Tenancy

/// What a face knows of tenants with a desk: where they are, and how to ask their databases.
public struct Tenants: Sendable {
    public let directory: TenantDirectory
    public let asker: TenantAsker
    private let databases: TenantDatabases

    /// - Parameters:
    ///   - control: with little patience: callers wait.
    public init(
        _ section: DeskSection, control: PostgresSettings, broker: ConnectionSettings, metrics: Metrics, log: Log
    ) throws {
        directory = try TenantDirectory(database: control, broker: broker, metrics: metrics, log: log)
        databases = TenantDatabases(
            try Stores(section, control: control), options: TenantDatabases.Options(section))
        asker = try TenantAsker(databases, name: "tenants", hands: section.hands, log: log)
    }

    public init(_ face: FaceProcess) throws {
        try self.init(
            face.settings[DeskSection.self], control: face.control, broker: face.broker, metrics: face.metrics,
            log: face.log)
    }

    /// A face starts without the servers that it needs, and has a copy once they are there.
    public func start() throws { try directory.start() }

    public func stop() {
        asker.stop()
        databases.stop()
        directory.stop()
    }
}

extension Fault {
    public init(_ refusal: TenantAsker.Refusal) {
        switch refusal {
        case .away: self = .unavailable("The account's database is away: it cannot be asked at the moment.")
        case .overloaded:
            self.init(
                .overloaded, "More is being asked of databases than they can answer soon.",
                headers: ["Retry-After": "1"])
        case .broken: self.init(.internalError, "What is stored of this cannot be read.")
        }
    }
}
