internal import Desk
public import Pipeline
public import Postgres
public import Tenancy
internal import Ticketing
internal import Wire

/// Proves from the journals and the tables of all desks that what was promised holds, without the rule book: see
/// `JournalCheck` and `DeskPromises`.
public enum DatabaseDeskVerification {
    public struct Report: Sendable {
        public var desks = 0
        public var batches = 0
        public var entries = 0
        /// Entries that say something of tickets, slots or minutes.
        public var followed = 0
        /// Batches whose roots could not be computed, because salts were erased.
        public var unproved = 0
        /// What was proved, a sentence each.
        public var promises: [String] = []
        public var findings = Findings()
    }

    public static func run(
        _ control: PostgresSettings, stores: Stores, progress: (Int) -> Void = { _ in }
    ) throws -> Report {
        var report = Report()
        report.promises = promises + checks.map(\.promise)
        var told = 0
        let databases = DeskDatabases(control: control, stores: stores, name: "turnstile-verify")
        try databases.each(&report.findings) { entry, session, found in
            let reader = JournalReader(session, line: PostgresControlStore.line)
            var journal = JournalCheck(keys: try reader.keys())
            var promises = DeskPromises(of: entry.tenant)
            var first: JournalRow?
            try reader.each { batch, rows in
                first = first ?? rows.first
                journal.add(batch, rows, &found)
                promises.add(batch, rows, &found)
            }
            let tails = try reader.tails()
            journal.finish(tails, &found)
            try reader.checkCount(of: journal.entries, &found)
            let stored = try StoredDesk.read(in: session, &found)
            report.followed += promises.followed
            promises.finish(stored, &found)
            for check in checks { try check.run(in: session, &found) }
            compare(entry, stored, tails, first, &found)
            report.desks += 1
            report.batches += journal.batches
            report.entries += journal.entries
            report.unproved += journal.unproved
            guard report.entries - told >= 100_000 else { return }
            told = report.entries
            progress(told)
        }
        return report
    }

    /// The directory against the account's own database.
    private static func compare(
        _ entry: DeskDatabases.Entry, _ stored: StoredDesk, _ tails: [PartitionHead], _ first: JournalRow?,
        _ found: inout Findings
    ) {
        func add(_ text: String) { found.add(Finding(.account, text)) }
        if tails.map(\.partition) != [entry.partition] {
            add("the directory has it in partition \(entry.partition), its database in \(tails.map(\.partition))")
        }
        guard let desk = stored.desk else {
            if entry.isActive { add("the directory has it as active, and its database knows of no account") }
            return
        }
        if TenantId(desk.tenant) != entry.tenant { add("its database is another tenant's") }
        if desk.subDomain.text != entry.subDomain { add("the directory has it as \(entry.subDomain)") }
        if entry.isActive, desk.status != .active { add("the directory has it as active, its database as requested") }
        if first.map({ $0.id != entry.command || $0.payload != entry.payload }) ?? true {
            add("its journal does not begin with the request that the directory has")
        }
    }

    /// What the journals prove by themselves.
    private static let promises = [
        "batches and entries without a gap, epochs and times that never go back, chains and signatures",
        "by what tenants were told, no agent had two things to do in one minute",
        "by what tenants were told, no more agents worked than there are",
        "by what tenants were told, all work ended within its ticket's limit",
        "each ticket that was told has its row, each row was told, and both say the same of it",
        "each account's journal begins with its request, in the partition that the directory has",
    ]

    /// What must hold between the tables of one tenant.
    private static let checks: [TableCheck] = [
        TableCheck(
            code: .slot, promise: "no agent works on two tickets",
            statement: """
                SELECT NULL::uuid, format('agent %s works on %s tickets', agent, count(*))
                FROM ticket WHERE status = 2 GROUP BY agent HAVING count(*) > 1
                LIMIT 20
                """),
        TableCheck(
            code: .limit, promise: "no ticket is worked on, or has ended, after its limit",
            statement: """
                SELECT NULL::uuid, format('a ticket of %s has to be resolved by %s, and ends at %s', created_at,
                    resolve_by, ends_at)
                FROM ticket WHERE status IN (2, 3) AND (ends_at > resolve_by) IS NOT FALSE
                LIMIT 20
                """),
        TableCheck(
            code: .effect, promise: "every notice belongs to a decision",
            statement: """
                SELECT NULL::uuid, format('effect %s, of command %s', e.id, e.command)
                FROM effect AS e
                WHERE NOT EXISTS (SELECT FROM journal AS j WHERE j.id = e.command)
                    AND e.created_at >= (SELECT min(at) FROM batch)
                LIMIT 20
                """),
        TableCheck(
            code: .twice, promise: "nothing is decided twice",
            statement: """
                SELECT NULL::uuid, format('command %s has %s entries', j.id, count(*))
                FROM (SELECT id, week FROM journal) AS j
                GROUP BY j.id
                HAVING count(*) > 1 AND max(week) - min(week) < 2
                LIMIT 20
                """),
    ]
}
