internal import DeskLine
internal import Pipeline
internal import Postgres
internal import Runtime

enum ReplayCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        try Proof.run(arguments, "replay") { settings in
            var findings = try seats(settings)
            findings.add(try desk(settings, arguments))
            return findings
        }
    }

    private static func seats(_ settings: PostgresSettings) throws -> Findings {
        let report = try DatabaseReplay.run(settings) { Terminal.line("  \($0) entries so far") }
        show(report.tally, "seats")
        Terminal.line("of \(report.partitions) partitions; compared answers, rows, roots, chains and signatures,")
        Terminal.line("and the states of \(report.events) events with the tables")
        if report.tally.skipped > 0 {
            Terminal.line("\(report.tally.skipped) entries of events that had differed were skipped")
        }
        Proof.showUnproved(report.unproved)
        return report.findings
    }

    private static func desk(_ settings: PostgresSettings, _ arguments: Arguments) throws -> Findings {
        let stores = try arguments.stores(settings)
        let report = try DatabaseDeskReplay.run(settings, stores: stores) {
            Terminal.line("  \($0) entries so far")
        }
        show(report.tally, "desk")
        Terminal.line("of \(report.desks) tenants' databases; compared answers, rows, roots, chains and signatures,")
        Terminal.line("and \(report.tickets) tickets with the tables")
        if report.tally.skipped > 0 {
            Terminal.line("\(report.tally.skipped) entries of tenants that had differed were skipped")
        }
        Proof.showUnproved(report.unproved)
        return report.findings
    }

    private static func show(_ tally: Replay.Tally, _ line: String) {
        let (compared, all) = (tally.compared, tally.entries)
        Terminal.line("\(line): decided \(compared) of \(all) entries again, in \(tally.batches) batches")
    }
}
