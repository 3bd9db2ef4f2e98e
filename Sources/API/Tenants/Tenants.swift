internal import HTTPServer
public import Postgres
public import Runtime
public import Tenancy

/// What a face knows of tenants with a desk: where they are, and how to ask their databases.
public struct Tenants: Sendable {
    public let directory: TenantDirectory
    public let asker: TenantAsker
    private let databases: TenantDatabases

    /// - Parameters:
    ///   - directory: started and stopped by whoever has it.
    ///   - control: with little patience: callers wait.
    public init(
        _ section: DeskSection, directory: TenantDirectory, control: PostgresSettings, log: Log
    ) throws {
        self.directory = directory
        databases = TenantDatabases(
            try Stores(section, control: control), options: TenantDatabases.Options(section))
        asker = try TenantAsker(databases, name: "tenants", hands: section.hands, log: log)
    }

    public init(_ face: FaceProcess) throws {
        try self.init(
            face.settings[DeskSection.self], directory: face.directory, control: face.control, log: face.log)
    }

    public func stop() {
        asker.stop()
        databases.stop()
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
