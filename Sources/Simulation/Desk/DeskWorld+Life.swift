internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Ticketing

extension DeskWorld {
    /// Faults while there is work, then none, and then everything has to settle.
    func live() {
        planIncident(profile.incidents)
        watchOver()
        makeDatabases()
        run(until: later(seconds: 3_600)) { !producers.allSatisfy(\.isDone) }
        if !producers.allSatisfy(\.isDone) { fail("producers cannot send what they have: \(unsettled)") }
        run(until: later(seconds: Double(random.number(0...5_000)) / 1_000))
        heal()
        run(until: later(seconds: 120)) { !isSettled }
        if !isSettled { fail("two minutes after the last fault it is not settled: \(unsettled)") }
        // Work goes on with or without traffic, also when minutes pass in which nobody looks.
        run(until: later(seconds: Double(random.number(0...400))))
        if failure == nil { auditor.finish(control, databases, at: wall) }
    }

    private var isSettled: Bool {
        producers.allSatisfy(\.isSettled) && broker.isEmpty && control.effects.isEmpty
            && control.accounts.allSatisfy(\.account.isActive)
    }

    private var unsettled: String {
        let waiting = producers.flatMap(\.waiting).prefix(3).map {
            "\(Describe.short($0.id)) of \(Describe.short($0.tenant)) \($0.expectation)"
        }
        let partitions = control.database.partitions
        let owners = partitions.map { $0.owner?.text ?? "nobody" }
        return "\(waiting) unanswered; queues \(partitions.indices.map(broker.depth)) of \(owners); "
            + "\(control.spill.count) spilled; running \(running.map(\.id.text))"
    }

    /// Whoever watches over workers ends those that complain of their clocks.
    private func watchOver() {
        scheduler.after(2_000_000_000) { [self] in
            for worker in workers where worker.hasDrifted { died(worker, of: "a clock that drifts") }
            if workers.isEmpty { addWorker() }
            watchOver()
        }
    }

    // MARK: - Accounts

    /// What the accounts' worker does with the effects that are stored: each step may fail, and is done again.
    private func makeDatabases() {
        scheduler.after(max(1_000_000, delay(50_000...800_000))) { [self] in
            if let tenant = control.effects.first, !control.database.isAway { make(tenant) }
            makeDatabases()
        }
    }

    private func make(_ tenant: TenantId) {
        guard let database = databases[tenant], let account = control.account(of: tenant), !database.isAway else {
            return
        }
        switch database.stage {
        case .missing: database.stage = .empty
        case .empty: database.stage = .ready
        case .ready: break
        }
        // It may end between two steps, and begins anew then.
        guard database.stage == .ready, !chance(200) else { return }
        guard tell(ready: account), !chance(200) else { return }
        trace.note("made", tenant.low, 0, "\(database.name)")
        control.effects.removeAll { $0 == tenant }
    }

    private func tell(ready account: Account) -> Bool {
        let id = CommandId(high: account.command.high ^ 0xC000, low: ~account.command.low)
        let known = book.originals[id]
        let command = known ?? SentDeskCommand.ready(id, account)
        if known == nil { book.add(command) }
        let partition = Keys.partition(of: account.tenant, among: profile.partitions)
        return queue([command], command.line, by: DeskProducer.ingress, in: partition)
    }
}
