internal import DeskLine
internal import Pipeline
internal import Ticketing

// What becomes of a visit to a tenant's database.
extension DeskWorld {
    func visit(_ visit: Visit, for worker: SimulatedDeskWorker) {
        guard let desk = databases[visit.tenant] else {
            worker.isBack(from: visit, .failed(.missing), after: delay(30...300))
            return
        }
        guard reaches(desk, worker) else {
            // It refuses at once, or is silent for as long as anybody waits.
            let patience = random.chance(50) ? delay(200...5_000) : delay(1_000_000...2_000_000)
            worker.isBack(from: visit, .failed(.unavailable("nobody answers")), after: patience)
            return
        }
        let session = FakeSession(worker: worker.id)
        switch fate(isCommit: visit.isCommit) {
        case .fine(let there, let back, let fault, let holdsLocks):
            if holdsLocks, desk.lock?.isOpen != true { desk.lock = session }
            scheduler.after(there) { [self] in
                // Of a process that has died, what its server had got is done, or not.
                if worker.isGone, holdsLocks || random.chance(50) { return session.end() }
                let outcome = execute(visit, fault, desk, worker, session)
                session.end()
                worker.isBack(from: visit, outcome, after: back)
            }
        case .twice(let there, let back, let again):
            scheduler.after(there) { [self] in
                worker.isBack(from: visit, execute(visit, nil, desk, worker, session), after: back)
                session.end()
                scheduler.after(again) { [self] in
                    guard !desk.isAway else { return }
                    trace.note("twice", 0, 0, "a commit of \(worker.id) comes again")
                    _ = desk.run(visit, FakeSession(worker: worker.id))
                }
            }
        case .late(let told, let executed, let holdsLocks):
            if holdsLocks, desk.lock?.isOpen != true { desk.lock = session }
            scheduler.after(executed) { [self] in
                if !desk.isAway {
                    trace.note("late", 0, 0, "a visit of \(worker.id) goes on after its connection was lost")
                    _ = desk.run(visit, session)
                }
                session.end()
            }
            worker.isBack(from: visit, .failed(visit.lost("the connection was lost")), after: told)
        }
    }

    private func reaches(_ desk: FakeDesk, _ worker: SimulatedDeskWorker) -> Bool {
        !desk.isAway && !worker.unreachable.contains(desk.tenant)
    }

    private func execute(
        _ visit: Visit, _ fault: FakeStore.Fault?, _ desk: FakeDesk, _ worker: SimulatedDeskWorker,
        _ session: FakeSession
    ) -> VisitOutcome {
        guard reaches(desk, worker) else { return .failed(visit.lost("the connection was lost")) }
        switch fault {
        case nil: return desk.run(visit, session)
        case .before: return .failed(.unavailable("the connection was lost before"))
        case .beforeUnnoticed: return .failed(visit.lost("the connection was lost"))
        case .after:
            _ = desk.run(visit, session)
            return .failed(visit.lost("the connection was lost"))
        case .afterUnnoticed:
            _ = desk.run(visit, session)
            return .failed(.unavailable("the connection was lost, it seems before"))
        }
    }
}

extension Visit {
    fileprivate var isCommit: Bool {
        if case .commit = wish { true } else { false }
    }

    /// What its sender is told when the connection is lost on the way.
    fileprivate func lost(_ reason: String) -> VisitFailure { isCommit ? .unknown(reason) : .unavailable(reason) }
}
