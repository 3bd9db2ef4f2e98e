internal import Desk
internal import DeskLine
internal import Pipeline
internal import Sealing
internal import Ticketing
internal import Wire

/// A tenant's database in memory, with the rules of the real one.
final class FakeDesk {
    /// What the mutation check takes away.
    struct Switches {
        var checksEpoch = true
        var checksBatchNumber = true
        var knowsJournal = true
        var loadsWork = true
    }

    enum Stage {
        case missing
        /// It is there, and has no tables yet.
        case empty
        case ready
    }

    struct JournalKey: Hashable {
        let week: Int
        let id: CommandId
    }

    let tenant: TenantId
    let store: String
    let name: String
    private let switches: Switches
    private let sealer: EntrySealer
    var stage = Stage.missing
    /// It does not answer.
    var isAway = false
    /// Whoever has its partition's row locked in a transaction under way.
    var lock: FakeSession?
    /// Commands that some constraint says no to, each time.
    var isRejected: (CommandId) -> Bool = { _ in false }
    /// Told of each batch that is in, before anybody else is.
    var committed: (DeskBatch, SealedDeskBatch) -> Void = { _, _ in }

    // The partition's row.
    private(set) var epoch: UInt64 = 0
    private(set) var head: PartitionHead

    private(set) var desk: DeskRow?
    private(set) var tickets: [DeskTicketId: TicketRow] = [:]
    private(set) var due: DeskTime?
    private(set) var journal: [JournalRow] = []
    private(set) var batches: [BatchRow] = []
    private var known: [JournalKey: Int] = [:]

    init(_ account: Account, partition: Int, key: SigningKey, _ switches: Switches) {
        tenant = account.tenant
        store = account.store
        name = account.database
        sealer = EntrySealer(key: key)
        head = PartitionHead(partition: partition, at: Time(microseconds: 0))
        self.switches = switches
    }

    func run(_ visit: Visit, _ session: FakeSession) -> VisitOutcome {
        guard stage == .ready else { return .failed(.missing) }
        if let lock, lock !== session, lock.isOpen { return .failed(.unavailable("the partition's row is locked")) }
        do {
            switch visit.wish {
            case .open(let time): return .opened(try open(visit.epoch, at: time))
            case .migrate: return .migrated
            case .lookUp(let ids, let time): return .lookedUp(lookUp(ids, at: time))
            case .commit(let batch): return try commit(batch)
            }
        } catch let failure as VisitFailure {
            return .failed(failure)
        } catch {
            return .failed(.broken("\(error)"))
        }
    }

    private func open(_ epoch: UInt64, at time: Time) throws -> OpenedDesk {
        guard self.epoch <= epoch || !switches.checksEpoch else { throw VisitFailure.fenced }
        self.epoch = epoch
        var known = IdFilter()
        let week = Keys.week(of: time)
        for key in self.known.keys where switches.knowsJournal && (week - 1...week).contains(key.week) {
            known.insert(key.id)
        }
        return OpenedDesk(
            batch: head.number, nextSequence: head.nextSequence, chain: head.chain, at: head.at,
            state: try state(at: max(time, head.at)), known: IdFilterBox(known))
    }

    /// As its rows make it.
    func state(at time: Time) throws -> DeskState? {
        guard let desk else { return nil }
        var loader = try DeskLoader(desk, at: DeskTime(time))
        let forgotten = DeskTime(
            microseconds: time.microseconds - Int64(DeskBounds.rememberedSeconds) * 1_000_000)
        for row in tickets.values.sorted(by: { $0.id < $1.id }) {
            switch row.status {
            case .held, .open: try loader.add(row)
            case .working: if switches.loadsWork { try loader.add(row) }
            case .resolved, .cancelled: if let end = row.endsAt, end > forgotten { try loader.add(row) }
            case .lapsed: break
            }
        }
        return try loader.finish()
    }

    private func lookUp(_ ids: [CommandId], at time: Time) -> [KnownDecision] {
        guard switches.knowsJournal else { return [] }
        return ids.compactMap { id in
            row(of: id, at: time).map { row in
                KnownDecision(
                    id: id, event: row.event, tenant: row.tenant, payload: row.payload, status: row.status,
                    reply: row.reply)
            }
        }
    }

    /// What the journal knows of a command in the week of a time and in the week before.
    func row(of id: CommandId, at time: Time) -> JournalRow? {
        let week = Keys.week(of: time)
        return (known[JournalKey(week: week, id: id)] ?? known[JournalKey(week: week - 1, id: id)])
            .map { journal[$0] }
    }

    // MARK: - Committing

    /// All of it or nothing: every rule is looked at before the first row is kept.
    private func commit(_ batch: DeskBatch) throws -> VisitOutcome {
        let sealed = SealedDeskBatch(
            batch, by: sealer, salts: [Salt](repeating: Salt(high: 1, low: 2), count: batch.entries.count))
        if switches.checksEpoch, batch.epoch != epoch { throw VisitFailure.fenced }
        if switches.checksBatchNumber, batch.number != head.number + 1 || batch.previousChain != head.chain {
            throw VisitFailure.fenced
        }
        let week = Keys.week(of: batch.at)
        var keys: Set<JournalKey> = []
        for entry in batch.entries {
            let key = JournalKey(week: week, id: entry.id)
            guard known[key] == nil || !switches.checksBatchNumber, keys.insert(key).inserted else {
                throw VisitFailure.rejected("command \(Describe.short(entry.id)) is in the journal")
            }
            if isRejected(entry.id), entry.decision != nil {
                throw VisitFailure.rejected("a constraint says no")
            }
        }
        let (desk, tickets) = try applied(batch)
        self.desk = desk
        self.tickets = tickets
        due = batch.due
        for row in sealed.rows {
            known[JournalKey(week: week, id: row.id)] = journal.count
            journal.append(row)
        }
        batches.append(sealed.row)
        head = PartitionHead(
            partition: head.partition, number: batch.number, epoch: batch.epoch, at: batch.at,
            nextSequence: sealed.row.nextSequence, chain: sealed.row.chain)
        committed(batch, sealed)
        return .committed(sealed.row.chain, sealed.rows.map { DeskAnswer(status: $0.status, body: $0.reply) })
    }

    /// The tables as they would be, each statement's rows checked as the real ones are.
    private func applied(_ batch: DeskBatch) throws -> (DeskRow?, [DeskTicketId: TicketRow]) {
        var writes = DeskWrites()
        for entry in batch.entries { for write in entry.decision?.writes ?? [] { writes.add(write) } }
        var (desk, tickets) = (desk, tickets)
        if let written = writes.desk {
            guard written.isNew == (desk == nil) else { throw VisitFailure.rejected("the desk's row") }
            desk = written.row
        }
        let statements = [
            (writes.changed.filter { $0.status != .working }, false), (writes.new, true),
            (writes.changed.filter { $0.status == .working }, false),
        ]
        for (rows, isNew) in statements {
            for row in rows {
                guard (tickets[row.id] == nil) == isNew, row.startsAt < row.resolveBy else {
                    throw VisitFailure.rejected("a ticket's row")
                }
                tickets[row.id] = row
            }
            let busy = tickets.values.filter { $0.status == .working }.map(\.agent)
            guard Set(busy).count == busy.count || !switches.loadsWork else {
                throw VisitFailure.rejected("an agent has two tickets")
            }
        }
        return (desk, tickets)
    }
}

extension DeskEntry {
    /// nil of what could not be decided.
    var decision: DeskDecision? {
        switch verdict {
        case .decided(let decision), .fellDue(let decision): decision
        case .parked: nil
        }
    }
}
