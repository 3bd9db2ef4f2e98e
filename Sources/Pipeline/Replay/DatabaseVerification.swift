public import Postgres
internal import Ticketing

/// Proves from the journal and the tables of a database that what was promised holds, in one snapshot of it and
/// without the rule book: see `JournalCheck`, `PromiseCheck` and `TableCheck`.
public enum DatabaseVerification {
    public struct Report: Sendable {
        public var partitions = 0
        public var batches = 0
        public var entries = 0
        /// Entries that gave or took places or turns.
        public var followed = 0
        /// Events that are older than the journal: what was told of them before is not known any more, so that the
        /// tables alone speak for them.
        public var older = 0
        /// Batches whose roots could not be computed, because salts were erased.
        public var unproved = 0
        /// What of the tables was proved, a sentence each.
        public var promises: [String] = []
        public var findings = Findings()
    }

    public static func run(
        _ settings: PostgresSettings, line: String = "seats", progress: (Int) -> Void = { _ in }
    ) throws -> Report {
        try SnapshotSession.run(settings, as: "turnstile-verify") { session in
            let reader = JournalReader(session, line: line)
            var findings = Findings()
            let start = try StoredStart.read(in: session, &findings)
            var journal = JournalCheck(keys: try reader.keys(), from: start.heads)
            let older = Set(start.events.map(\.state.id))
            var promises = PromiseCheck(leavingOut: older)
            var told = 0
            try reader.each { batch, rows in
                journal.add(batch, rows, &findings)
                promises.add(rows, &findings)
                guard journal.entries - told >= 100_000 else { return }
                told = journal.entries
                progress(told)
            }
            promises.finish(&findings)
            journal.finish(try reader.tails(), &findings)
            try reader.checkCount(of: journal.entries, &findings)
            for check in TableCheck.all { try check.run(in: session, &findings) }
            try compareClaims(promises.takenPlaces, older: older, in: session, &findings)
            return Report(
                partitions: journal.heads.count, batches: journal.batches, entries: journal.entries,
                followed: promises.followed, older: older.count, unproved: journal.unproved,
                promises: TableCheck.all.map(\.promise),
                findings: findings)
        }
    }

    /// What buyers were told against what the tables say that they have.
    private static func compareClaims(
        _ told: [(event: EventId, show: Int, places: Int)], older: Set<EventId>, in session: any PostgresSession,
        _ found: inout Findings
    ) throws {
        var claimed: [EventId: [Int: Int]] = [:]
        try session.stream("SELECT event, show, count(*) FROM claim WHERE kind <> 2 GROUP BY event, show") { row in
            let (event, show, count) = try row.decode((PostgresUUID, Int32, Int64).self)
            claimed[EventId(high: event.high, low: event.low), default: [:]][Int(show)] = Int(count)
        }
        for (event, show, places) in told {
            let count = claimed[event]?.removeValue(forKey: show) ?? 0
            if count != places {
                found.add(
                    Finding(
                        .place, event: event,
                        "buyers were told that they have \(places) places of show \(show), the tables have \(count)"))
            }
        }
        for event in claimed.keys.sorted() where claimed[event]?.isEmpty == false && !older.contains(event) {
            found.add(Finding(.place, event: event, "the tables have places that nobody was told of"))
        }
    }
}
