internal import Runtime
internal import Ticketing

/// The thread that reads for a worker: what a decision waits for first, pages of the journal when nothing else is
/// wanted.
final class Reader: Sendable {
    enum Wish: Sendable {
        case load(EventId, epoch: UInt64, partition: Int, at: Time)
        case lookUp([CommandId], epoch: UInt64, partition: Int, at: Time)
        case journalIds(from: UInt64, epoch: UInt64, partition: Int, at: Time)
    }

    /// Ids of the journal that are read at once: some milliseconds, for which a load may have to wait.
    static let page = 10_000

    private let wishes = Mailbox<Wish>()
    private let thread: OwnedThread

    init(
        session makeSession: @escaping @Sendable () -> SeatsSession, inbox: Inbox<Input>, metrics: LoopMetrics
    ) throws(ThreadError) {
        let wishes = wishes
        thread = try OwnedThread(name: "reader", stackBytes: 4 << 20) {
            var desk = Desk(session: makeSession(), inbox: inbox, metrics: metrics)
            var taken: [Wish] = []
            while wishes.take(into: &taken, within: desk.isIdle ? nil : .zero) {
                for wish in taken { desk.add(wish) }
                taken.removeAll(keepingCapacity: true)
                desk.work()
            }
        }
    }

    func want(_ wish: Wish) { wishes.put(wish) }

    func stop() {
        wishes.close()
        thread.join()
    }

    /// What is still to be read. Belongs to the thread.
    private struct Desk {
        var session: SeatsSession
        let inbox: Inbox<Input>
        let metrics: LoopMetrics
        private var urgent: [Wish] = []
        /// Pages, and how many of them are done.
        private var pages: [Wish] = []
        private var donePages = 0

        init(session: SeatsSession, inbox: Inbox<Input>, metrics: LoopMetrics) {
            self.session = session
            self.inbox = inbox
            self.metrics = metrics
        }

        var isIdle: Bool { donePages == pages.count }

        mutating func add(_ wish: Wish) {
            if case .journalIds = wish { pages.append(wish) } else { urgent.append(wish) }
        }

        /// All that is urgent, or else one page.
        mutating func work() {
            if urgent.isEmpty {
                guard !isIdle else { return }
                let page = pages[donePages]
                donePages += 1
                if isIdle {
                    pages.removeAll(keepingCapacity: true)
                    donePages = 0
                }
                perform([page])
            } else {
                let wishes = urgent
                urgent.removeAll(keepingCapacity: true)
                perform(wishes)
            }
        }

        /// Once the session is lost, what remains fails for the same reason instead of each waiting in its turn.
        private mutating func perform(_ wishes: [Wish]) {
            var lost: StoreError?
            for wish in wishes {
                if let lost {
                    inbox.put(wish.failed(lost))
                    continue
                }
                do throws(StoreError) {
                    inbox.put(try answer(wish))
                } catch {
                    inbox.put(wish.failed(error))
                    if error.code == .unavailable { lost = error }
                }
            }
        }

        private mutating func answer(_ wish: Wish) throws(StoreError) -> Input {
            switch wish {
            case .load(let event, let epoch, let partition, let at):
                let start = SystemTime().monotonic
                let loaded = try session.run { store throws(StoreError) in
                    try store.load(event, for: partition, at: at)
                }
                metrics.loadTime.observe(SystemTime().monotonic - start)
                return .loaded(event, epoch: epoch, partition: partition, loaded)
            case .lookUp(let ids, let epoch, let partition, let at):
                let known = try session.run { store throws(StoreError) in
                    try store.lookUp(ids, partition: partition, at: at)
                }
                return .lookedUp(ids, epoch: epoch, partition: partition, known)
            case .journalIds(let sequence, let epoch, let partition, let at):
                let page = try session.run { store throws(StoreError) in
                    try store.journalIds(partition: partition, from: sequence, limit: Reader.page, at: at)
                }
                return .journalIds(page, epoch: epoch, partition: partition)
            }
        }
    }
}

extension Reader.Wish {
    func failed(_ error: StoreError) -> Input {
        switch self {
        case .load(let event, let epoch, let partition, _):
            .loadFailed(event, epoch: epoch, partition: partition, error)
        case .lookUp(let ids, let epoch, let partition, _):
            .lookUpFailed(ids, epoch: epoch, partition: partition, error)
        case .journalIds(let sequence, let epoch, let partition, _):
            .journalIdsFailed(from: sequence, epoch: epoch, partition: partition, error)
        }
    }
}
