public import Pipeline
public import Postgres
public import Tenancy
internal import Ticketing

/// A replay of the journals of all desks, each in a snapshot of its own database.
public enum DatabaseDeskReplay {
    public struct Report: Sendable {
        public var tally = Replay.Tally()
        public var desks = 0
        public var tickets = 0
        /// Batches whose roots could not be computed, because salts were erased.
        public var unproved = 0
        public var findings = Findings()
    }

    /// - Parameters:
    ///   - control: the database that has the directory.
    ///   - progress: is told now and then how many entries have been decided again.
    public static func run(
        _ control: PostgresSettings, stores: Stores, progress: (Int) -> Void = { _ in }
    ) throws -> Report {
        var report = Report()
        var told = 0
        let databases = DeskDatabases(control: control, stores: stores, name: "turnstile-replay")
        try databases.each(&report.findings) { entry, session, found in
            let reader = JournalReader(session, line: PostgresControlStore.line)
            let replay = DeskReplay(of: entry.tenant, keys: try reader.keys())
            try reader.each { replay.add($0, $1) }
            replay.finish(try reader.tails())
            let stored = try StoredDesk.read(in: session, &found)
            replay.compare(stored)
            found.add(replay.findings)
            try reader.checkCount(of: replay.tally.entries, &found)
            report.desks += 1
            report.tickets += stored.tickets.count
            report.unproved += replay.unproved
            report.tally.add(replay.tally)
            guard report.tally.entries - told >= 100_000 else { return }
            told = report.tally.entries
            progress(told)
        }
        return report
    }
}

extension Replay.Tally {
    fileprivate mutating func add(_ other: Replay.Tally) {
        batches += other.batches
        entries += other.entries
        compared += other.compared
        skipped += other.skipped
    }
}
