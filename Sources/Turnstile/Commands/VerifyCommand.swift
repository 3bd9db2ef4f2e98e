internal import DeskLine
internal import Pipeline
internal import Postgres

enum VerifyCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        try Proof.run(arguments, "verify") { settings in
            var findings = try seats(settings)
            findings.add(try desk(settings, arguments))
            return findings
        }
    }

    private static func seats(_ settings: PostgresSettings) throws -> Findings {
        let report = try DatabaseVerification.run(settings) { Terminal.line("  \($0) entries so far") }
        Terminal.line(
            "seats: read \(report.entries) entries in \(report.batches) batches of \(report.partitions) partitions")
        show(promises + report.promises)
        Terminal.line("\(report.followed) answers gave or took a place or a turn")
        if report.older > 0 {
            Terminal.line("\(report.older) events are older than the journal: of them, the tables alone were looked at")
        }
        Proof.showUnproved(report.unproved)
        return report.findings
    }

    private static func desk(_ settings: PostgresSettings, _ arguments: Arguments) throws -> Findings {
        let stores = try arguments.stores(settings)
        let report = try DatabaseDeskVerification.run(settings, stores: stores) {
            Terminal.line("  \($0) entries so far")
        }
        Terminal.line(
            "desk: read \(report.entries) entries in \(report.batches) batches of \(report.desks) tenants' databases")
        show(report.promises)
        Terminal.line("\(report.followed) answers were about tickets, slots or minutes")
        Proof.showUnproved(report.unproved)
        return report.findings
    }

    private static func show(_ promises: [String]) {
        Terminal.line("looked at:")
        for promise in promises { Terminal.line("  \(promise)") }
    }

    /// What the journal proves by itself.
    private static let promises = [
        "batches and entries without a gap, epochs and times that never go back, chains and signatures",
        "by what buyers were told, no place was two buyers' at any moment",
        "by what buyers were told, nobody ever had more places of a show than one may",
        "by what buyers were told, the line was served in turn, or says who was passed over and why",
    ]
}
