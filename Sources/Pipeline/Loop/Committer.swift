internal import Runtime

/// The thread that seals and commits a worker's groups, on a session of its own: what is slow about a commit keeps
/// nobody from deciding.
final class Committer: Sendable {
    private let groups = Mailbox<CommitGroup>()
    private let thread: OwnedThread

    init(
        session makeSession: @escaping @Sendable () -> StoreSession,
        sealer makeSealer: @escaping @Sendable () -> Sealer, inbox: Inbox, metrics: LoopMetrics
    ) throws(ThreadError) {
        let groups = groups
        thread = try OwnedThread(name: "committer") {
            var session = makeSession()
            let sealer = makeSealer()
            var taken: [CommitGroup] = []
            while groups.take(into: &taken) {
                for group in taken { inbox.put(Self.commit(group, &session, sealer, metrics)) }
                taken.removeAll(keepingCapacity: true)
            }
        }
    }

    /// At most one group is under way at a time, so this is a hand-over and no queue.
    func commit(_ group: CommitGroup) { groups.put(group) }

    func stop() {
        groups.close()
        thread.join()
    }

    private static func commit(
        _ group: CommitGroup, _ session: inout StoreSession, _ sealer: borrowing Sealer, _ metrics: LoopMetrics
    ) -> Input {
        let start = SystemTime().monotonic
        let sealed = sealer.seal(group)
        let isSealed = SystemTime().monotonic
        metrics.sealTime.observe(isSealed - start)
        do throws(CommitFailure) {
            try session.commit(sealed)
            metrics.committed(sealed, took: SystemTime().monotonic - isSealed)
            return .committed(group: group.number, sealed)
        } catch {
            metrics.failedCommits.with(error.kind).add()
            return .commitFailed(group: group.number, error)
        }
    }
}

extension CommitFailure {
    /// For a metric's label.
    var kind: String {
        switch self {
        case .fenced: "fenced"
        case .rejected: "rejected"
        case .unavailable: "unavailable"
        case .unknown: "unknown"
        }
    }
}
