internal import Pipeline
internal import Runtime

/// Sessions with tenants' databases, kept for the next visit; beyond the bound any one of them goes. Tenants come in
/// turns: where they are more than the sessions, the one that was not used for longest would be the next that is
/// needed, and each visit would begin with a new one. A tenant has one visit at a time, so a session has one user.
final class DeskSessions: Sendable {
    private struct Kept {
        var idle: [String: any DeskStore] = [:]
        var inUse = 0
    }

    private let bound: Int
    private let open: @Sendable (Visit) throws(VisitFailure) -> any DeskStore
    private let kept: Lock<Box>

    /// A session is its user's alone, and goes from hand to hand.
    private struct Box: @unchecked Sendable {
        // because: who takes a session out of here is the only one to have it
        var kept = Kept()
    }

    init(bound: Int, open: @escaping @Sendable (Visit) throws(VisitFailure) -> any DeskStore) {
        self.bound = bound
        self.open = open
        kept = Lock(Box())
    }

    func run(_ visit: Visit) -> VisitOutcome {
        let name = "\(visit.store)/\(visit.database)"
        let session: any DeskStore
        do throws(VisitFailure) {
            if let kept = take(name), isUsable(kept) { session = kept } else { session = try open(visit) }
        } catch {
            kept.withLock { $0.kept.inUse -= 1 }
            return .failed(error)
        }
        let outcome = session.run(visit)
        giveBack(session, name, outcome)
        return outcome
    }

    /// Its server may have ended it while it was kept.
    private func isUsable(_ session: any DeskStore) -> Bool {
        if session.isAlive { return true }
        session.close()
        return false
    }

    private func take(_ name: String) -> (any DeskStore)? {
        let (found, surplus) = kept.withLock { box -> (Taken, Taken) in
            box.kept.inUse += 1
            if let session = box.kept.idle.removeValue(forKey: name) {
                return (Taken(session: session), Taken(session: nil))
            }
            guard box.kept.idle.count + box.kept.inUse > bound, let any = box.kept.idle.keys.randomElement() else {
                return (Taken(session: nil), Taken(session: nil))
            }
            return (Taken(session: nil), Taken(session: box.kept.idle.removeValue(forKey: any)))
        }
        surplus.session?.close()
        return found.session
    }

    private struct Taken: @unchecked Sendable {
        // because: it goes from the box to the one who takes it
        let session: (any DeskStore)?
    }

    private func giveBack(_ session: any DeskStore, _ name: String, _ outcome: VisitOutcome) {
        let isGood = outcome.leavesSessionGood && session.isAlive
        session.handOver()
        let taken = Taken(session: session)
        let (isKept, other) = kept.withLock { box -> (Bool, Taken?) in
            box.kept.inUse -= 1
            guard isGood, let session = taken.session else { return (false, nil) }
            // A partition that was lost and claimed again in the meantime: who of both knows more cannot be told.
            if let other = box.kept.idle.removeValue(forKey: name) { return (false, Taken(session: other)) }
            box.kept.idle[name] = session
            return (true, nil)
        }
        other?.session?.close()
        if !isKept { session.close() }
    }

    func closeAll() {
        let all = kept.withLock { box in
            defer { box.kept = Kept() }
            return box.kept.idle.values.map { Taken(session: $0) }
        }
        for taken in all { taken.session?.close() }
    }
}

extension VisitOutcome {
    fileprivate var leavesSessionGood: Bool {
        switch self {
        case .failed(.unavailable), .failed(.unknown), .failed(.missing): false
        default: true
        }
    }
}
