internal import Runtime
internal import Ticketing

/// The thread that keeps a worker's place among the others: beats, claims, gives back. Its session is what the others
/// see the worker live by.
final class Control: Sendable {
    enum Errand: Sendable {
        case beat(WorkerBeat)
        case claim([ClaimRequest])
        case release([HeldPartition])
        case recordAttempt(CommandId, epoch: UInt64, partition: Int)
    }

    private let errands = Mailbox<Errand>()
    private let thread: OwnedThread

    init(
        session makeSession: @escaping @Sendable () -> StoreSession, worker: WorkerId, inbox: Inbox, log: Log
    ) throws(ThreadError) {
        let errands = errands
        thread = try OwnedThread(name: "control") {
            var session = makeSession()
            var taken: [Errand] = []
            while errands.take(into: &taken) {
                for errand in taken { inbox.put(Self.run(errand, for: worker, on: &session)) }
                taken.removeAll(keepingCapacity: true)
            }
            do throws(StoreError) {
                try session.run { store throws(StoreError) in try store.leave(worker) }
            } catch {
                // With its session gone, the others find that it is no more.
                log.warning("the worker left without saying so", error)
            }
        }
    }

    func run(_ errand: Errand) { errands.put(errand) }

    /// Does what is left to do, leaves the pool, and ends.
    func stop() {
        errands.close()
        thread.join()
    }

    private static func run(_ errand: Errand, for worker: WorkerId, on session: inout StoreSession) -> Input {
        do throws(StoreError) {
            return try session.run { store throws(StoreError) in
                switch errand {
                case .beat(let beat):
                    return .beat(try store.beat(beat))
                case .claim(let wanted):
                    return .claimed(wanted: wanted.map(\.number), try store.claim(wanted, for: worker))
                case .release(let held):
                    try store.release(held, by: worker)
                    return .released(held.map(\.number))
                case .recordAttempt(let id, let epoch, let partition):
                    let count = try store.recordAttempt(id, partition: partition, epoch: epoch)
                    return .attemptRecorded(id, epoch: epoch, partition: partition, count)
                }
            }
        } catch {
            return errand.failed(error)
        }
    }
}

extension Control.Errand {
    func failed(_ error: StoreError) -> Input {
        switch self {
        case .beat: .beatFailed(error)
        case .claim(let wanted): .claimFailed(wanted: wanted.map(\.number), error)
        case .release(let held): .releaseFailed(held.map(\.number), error)
        case .recordAttempt(let id, let epoch, let partition):
            .attemptFailed(id, epoch: epoch, partition: partition, error)
        }
    }
}
