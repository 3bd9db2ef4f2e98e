internal import Pipeline
internal import Postgres
internal import Runtime
internal import Tenancy

/// What commands that look at what is stored have in common: the database that they look at, and how they say what they
/// found.
enum Proof {
    static func run(
        _ arguments: Arguments, _ name: String, _ body: (PostgresSettings) throws -> Findings
    ) throws -> Int32 {
        let settings = try arguments.databaseSettings()
        let findings: Findings
        do {
            findings = try body(settings)
        } catch let error as PostgresError where error.isConnectionLost {
            Terminal.error("\(error)")
            return ExitCode.unavailable.rawValue
        }
        guard !findings.isEmpty else {
            Terminal.line("\(name): all is well")
            return ExitCode.success.rawValue
        }
        for finding in findings.first { Terminal.line("  \(finding)") }
        if findings.count > findings.first.count {
            Terminal.line("  … and \(findings.count - findings.first.count) more")
        }
        Terminal.error(
            "\(name): \(findings.count) things are not as they must be; the first is the one to look at")
        return ExitCode.failure.rawValue
    }

    static func showUnproved(_ batches: Int) {
        guard batches > 0 else { return }
        Terminal.line("\(batches) batches have entries whose salts were erased: their roots cannot be computed")
    }
}

extension Arguments {
    /// The servers that tenants' databases lie on, as the installation's processes have them.
    func stores(_ control: PostgresSettings) throws -> Stores {
        let section = try installationSettings()[DeskSection.self]
        do {
            return try Stores(section, control: control)
        } catch {
            throw ProgramFailure(.badSettings, error.description)
        }
    }
}
