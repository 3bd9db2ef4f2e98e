internal import Pipeline
internal import Postgres
internal import Runtime

enum ReplayCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        try Proof.run(arguments, "replay") { settings in
            let report = try DatabaseReplay.run(settings) { Terminal.line("  \($0) entries so far") }
            let tally = report.tally
            Terminal.line("decided \(tally.compared) of \(tally.entries) entries again, in \(tally.batches) batches")
            Terminal.line("of \(report.partitions) partitions; compared answers, rows, roots, chains and signatures,")
            Terminal.line("and the states of \(report.events) events with the tables")
            if tally.skipped > 0 { Terminal.line("\(tally.skipped) entries of events that had differed were skipped") }
            Proof.showUnproved(report.unproved)
            return report.findings
        }
    }
}

/// What `replay` and `verify` have in common: the database that they look at, and how they say what they found.
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
        Terminal.error("\(name): \(findings.count) things are not as they must be; the first is the one to look at")
        return ExitCode.failure.rawValue
    }

    static func showUnproved(_ batches: Int) {
        guard batches > 0 else { return }
        Terminal.line("\(batches) batches have entries whose salts were erased: their roots cannot be computed")
    }
}
