internal import Runtime

/// Two threads that bring a worker's groups into the database, so that it seldom waits for us and deciding never does:
/// one seals a group and writes its statements, the other one sends them, on a session of its own, and hears what came
/// of the group before.
final class Committer: Sendable {
    private let groups = Mailbox<CommitGroup>()
    private let ready = Mailbox<ReadyGroup>()
    private let sealing: OwnedThread
    private let sending: OwnedThread

    private struct ReadyGroup: Sendable {
        let number: UInt64
        /// In the order in which the batches came.
        let sealed: [SealedBatch]
        let prepared: PreparedGroup
    }

    init(
        line: String, session makeSession: @escaping @Sendable () -> SeatsSession,
        sealer makeSealer: @escaping @Sendable () -> Sealer, inbox: Inbox<Input>, metrics: LoopMetrics
    ) throws(ThreadError) {
        let (groups, ready) = (groups, ready)
        sending = try OwnedThread(name: "committer") {
            var session = makeSession()
            ready.workOff { inbox.put(Self.commit($0, &session, metrics)) }
        }
        do {
            sealing = try OwnedThread(name: "sealer") {
                var sealer = makeSealer()
                let writer = GroupWriter(line: line)
                groups.workOff { ready.put(Self.seal($0, &sealer, writer, metrics)) }
                ready.close()
            }
        } catch {
            ready.close()
            sending.join()
            throw error
        }
    }

    /// The worker has few groups on their way at a time, so this is a hand-over and no queue.
    func commit(_ group: CommitGroup) { groups.put(group) }

    func stop() {
        groups.close()
        sealing.join()
        sending.join()
    }

    private static func seal(
        _ group: CommitGroup, _ sealer: inout Sealer, _ writer: GroupWriter, _ metrics: LoopMetrics
    ) -> ReadyGroup {
        let start = SystemTime().monotonic
        let sealed = sealer.seal(group)
        let prepared = PreparedGroup(sealed)
        // What contradicts itself is refused in its turn, as by the database.
        try? prepared.makeReady(writer)
        metrics.sealTime.observe(SystemTime().monotonic - start)
        return ReadyGroup(number: group.number, sealed: sealed, prepared: prepared)
    }

    private static func commit(_ group: ReadyGroup, _ session: inout SeatsSession, _ metrics: LoopMetrics) -> Input {
        let start = SystemTime().monotonic
        do throws(CommitFailure) {
            try session.commit(group.prepared)
            metrics.committed(group.sealed, took: SystemTime().monotonic - start)
            return .committed(group: group.number, group.sealed)
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
