internal import Pipeline
internal import Runtime

/// The sessions with tenants' databases that are open and in nobody's hands. The worker's core says which of them goes;
/// a tenant has one visit at a time, so a session has one user.
final class DeskSessions: Sendable {
    private let open: @Sendable (Visit) throws(VisitFailure) -> any DeskStore
    private let metrics: DeskLoopMetrics
    private let idle = Lock(Box())

    /// A session is its user's alone, and goes from hand to hand.
    private struct Box: @unchecked Sendable {
        // because: who takes a session out of here is the only one to have it
        var sessions: [SessionName: any DeskStore] = [:]
    }

    private struct Taken: @unchecked Sendable {
        // because: it goes from the box to the one who takes it
        let session: (any DeskStore)?
    }

    init(metrics: DeskLoopMetrics, open: @escaping @Sendable (Visit) throws(VisitFailure) -> any DeskStore) {
        self.metrics = metrics
        self.open = open
    }

    func run(_ visit: Visit) -> VisitOutcome {
        for name in visit.closes { take(name)?.close() }
        let session: any DeskStore
        do throws(VisitFailure) {
            if let kept = take(visit.session), isUsable(kept) {
                session = kept
            } else {
                session = try open(visit)
                metrics.openedSessions.add()
            }
        } catch {
            return .failed(error)
        }
        let outcome = session.run(visit)
        giveBack(session, visit.session, outcome)
        return outcome
    }

    /// Its server may have ended it while it was kept.
    private func isUsable(_ session: any DeskStore) -> Bool {
        if session.isAlive { return true }
        session.close()
        return false
    }

    private func take(_ name: SessionName) -> (any DeskStore)? {
        idle.withLock { Taken(session: $0.sessions.removeValue(forKey: name)) }.session
    }

    private func giveBack(_ session: any DeskStore, _ name: SessionName, _ outcome: VisitOutcome) {
        let isGood = outcome.keepsSession && session.isAlive
        session.handOver()
        let taken = Taken(session: session)
        let (isKept, other) = idle.withLock { box -> (Bool, Taken?) in
            guard isGood, let session = taken.session else { return (false, nil) }
            // A partition that was lost and claimed again in the meantime: who of both knows more cannot be told.
            if let other = box.sessions.removeValue(forKey: name) { return (false, Taken(session: other)) }
            box.sessions[name] = session
            return (true, nil)
        }
        other?.session?.close()
        if !isKept { session.close() }
    }

    func closeAll() {
        let all = idle.withLock { box in
            defer { box = Box() }
            return box.sessions.values.map { Taken(session: $0) }
        }
        for taken in all { taken.session?.close() }
    }
}
