public import Postgres
internal import Runtime
public import Ticketing

/// Forgets the journal's first weeks: what they came to is kept as snapshots of all events, from which a replay of the
/// rest begins. Nothing is forgotten that cannot be replayed.
public enum DatabaseRetention {
    public struct Report: Sendable {
        public var weeks: [Int] = []
        public var entries = 0
        public var events = 0
        /// Where there are any, nothing was dropped.
        public var findings = Findings()
    }

    /// Decided ids are looked up in this week's tables and in last week's: they stay.
    public static let keptWeeks = 2

    /// One transaction: all of it, or nothing. The tables are locked at its end only, and not waited for long: if the
    /// workers keep them busy, it fails and can be tried again.
    ///
    /// - Parameters:
    ///   - week: the first one that is kept.
    ///   - now: by this clock it has to be `keptWeeks` old.
    public static func drop(
        before week: Int, _ settings: PostgresSettings, now: Time, line: String = "seats"
    ) throws -> Report {
        let newest = Keys.week(of: now) - keptWeeks + 1
        guard week <= newest else { throw RetentionError(newest: newest) }
        return try SnapshotSession.run(settings, as: "turnstile-journal", writes: true) { session in
            var report = Report()
            report.weeks = try session.query(
                """
                SELECT DISTINCT substring(relname FROM 10)::integer
                FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                WHERE inhparent = 'journal'::regclass AND substring(relname FROM 10)::integer < $1
                ORDER BY 1
                """, Int32(week)
            ).values(of: Int32.self).map { Int($0) }
            guard !report.weeks.isEmpty else { return report }
            let reader = JournalReader(session, line: line)
            let start = try StoredStart.read(in: session, &report.findings)
            let replay = Replay(keys: try reader.keys(), from: start)
            try reader.each(before: week) { replay.add($0, $1) }
            let entries = try reader.entryCount(before: week)
            report.entries = replay.tally.entries
            if entries != replay.tally.entries {
                report.findings.add(
                    Finding(.gap, "these weeks have \(entries) entries, their batches \(replay.tally.entries)"))
            }
            let end = replay.end()
            for finding in replay.findings.first { report.findings.add(finding) }
            guard report.findings.isEmpty, let end else { return report }
            report.events = end.events.count
            try StoredStart.write(end, in: session)
            try session.run(script: "SET LOCAL lock_timeout = '2s'")
            for week in report.weeks {
                for parent in ["batch", "journal"] {
                    let table = PostgresIdentifier("\(parent)_w\(week)")
                    try session.run(script: "ALTER TABLE \(PostgresIdentifier(parent)) DETACH PARTITION \(table)")
                    try session.run(script: "DROP TABLE \(table)")
                }
            }
            return report
        }
    }
}

/// The week is too young. Whoever asked named a day, and is told the last one that would have done.
public struct RetentionError: Error, CustomStringConvertible {
    let newest: Int
    public var description: String {
        "this week and the last are kept, since commands are looked up in them: the latest day allowed is \(latestDay)"
    }

    private var latestDay: String {
        // Week 0 began three days before 1970, on a Monday.
        let day = Int64(newest) * 7 + 3
        return String(Timestamp(microseconds: day * 86_400_000_000).rfc3339.prefix(10))
    }
}
