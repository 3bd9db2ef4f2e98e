internal import Postgres
internal import Runtime
internal import Tenancy

/// `turnstile tenants doctor`.
enum TenantsCommand {
    static func examine(
        _ connection: PostgresConnection, _ control: PostgresSettings, _ settings: Settings
    ) throws -> Int32 {
        let stores = try Stores(settings[DeskSection.self], control: control)
        let report = try TenantsDoctor(connection, stores: stores).examine()
        Terminal.line(
            "looked at \(report.accounts) accounts and \(report.databases) databases of tenants in "
                + report.stores.map { "“\($0)”" }.joined(separator: ", "))
        guard !report.findings.isEmpty else {
            Terminal.line("tenants doctor: all is well")
            return ExitCode.success.rawValue
        }
        for finding in report.findings { Terminal.line("  \(finding)") }
        Terminal.error("tenants doctor: \(report.findings.count) things are not as they should be")
        return ExitCode.failure.rawValue
    }
}
