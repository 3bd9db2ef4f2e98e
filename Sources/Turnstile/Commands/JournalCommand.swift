internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

enum JournalCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        guard let week = arguments.firstWeek else { throw UsageError("turnstile journal drop needs --before DAY") }
        return try Proof.run(arguments, "journal drop") { settings in
            let now = Time(microseconds: SystemTime().wall.microseconds)
            let report = try DatabaseRetention.drop(before: week, settings, now: now)
            if report.weeks.isEmpty {
                Terminal.line("there is nothing so old")
            } else if report.findings.isEmpty {
                Terminal.line(
                    "decided \(report.entries) entries again, and kept \(report.events) events as they were then")
                Terminal.line(
                    "dropped \(report.weeks.count) weeks: \(report.weeks.map(String.init).joined(separator: " "))")
            } else {
                Terminal.line("nothing was dropped: these weeks cannot be decided again as they were")
            }
            return report.findings
        }
    }
}
