public import Postgres
internal import Ticketing

/// A replay of what a database holds, in one snapshot of it.
public enum DatabaseReplay {
    public struct Report: Sendable {
        public var tally = Replay.Tally()
        public var partitions = 0
        public var events = 0
        /// Batches whose roots could not be computed, because salts were erased.
        public var unproved = 0
        public var findings = Findings()
    }

    /// - Parameters:
    ///   - settings: of the database. The session is the replay's own, and only reads.
    ///   - progress: is told now and then how many entries have been decided again.
    public static func run(
        _ settings: PostgresSettings, line: String = "seats", progress: (Int) -> Void = { _ in }
    ) throws -> Report {
        try SnapshotSession.run(settings, as: "turnstile-replay") { session in
            let reader = JournalReader(session, line: line)
            var unreadable = Findings()
            let replay = Replay(keys: try reader.keys(), from: try StoredStart.read(in: session, &unreadable))
            for finding in unreadable.first { replay.findings.add(finding) }
            var told = 0
            try reader.each { batch, rows in
                replay.add(batch, rows)
                guard replay.tally.entries - told >= 100_000 else { return }
                told = replay.tally.entries
                progress(told)
            }
            replay.finish(try reader.tails())
            try reader.checkCount(of: replay.tally.entries, &replay.findings)
            try compare(replay, in: session)
            return Report(
                tally: replay.tally, partitions: replay.heads.count, events: replay.events.count,
                unproved: replay.unproved, findings: replay.findings)
        }
    }

    private static func compare(_ replay: Replay, in session: any PostgresSession) throws {
        for (event, _) in replay.events {
            guard let state = replay.state(of: event) else { continue }
            do {
                replay.compare(event, with: try StoredEvent.load(event, at: state.time, in: session))
            } catch let error as LoadError {
                replay.findings.add(Finding(.state, event: event, error.description))
            }
        }
    }
}

extension JournalReader {
    /// Every entry has to be some batch's.
    package func checkCount(of entries: Int, _ found: inout Findings) throws {
        let count = try entryCount()
        guard count != entries else { return }
        found.add(Finding(.gap, "the journal has \(count) entries, its batches \(entries)"))
    }
}
