internal import Pipeline
internal import RabbitMQ
internal import Runtime

/// The thread that has to do with the control database: the worker's place among the others, and its errands. Its
/// session is what the others see the worker live by; it is opened when it is first needed, dropped when it is lost,
/// and opened again after a pause.
final class DeskControl: Sendable {
    enum Task: Sendable {
        case beat(WorkerBeat)
        case claim([ClaimRequest])
        case release([HeldPartition])
        case errand(Errand)
    }

    private let tasks = Mailbox<Task>()
    private let thread: OwnedThread

    init(_ parts: DeskLoop.Parts, inbox: DeskInbox, end: Latch) throws(ThreadError) {
        let tasks = tasks
        thread = try OwnedThread(name: "control") {
            var session = Session(parts, end: end)
            tasks.workOff { inbox.put(session.run($0)) }
            session.leave()
        }
    }

    func run(_ task: Task) { tasks.put(task) }

    /// Does what is left to do, leaves the pool, and ends.
    func stop() {
        tasks.close()
        thread.join()
    }

    private struct Session {
        let parts: DeskLoop.Parts
        let end: Latch
        var store: (any ControlStore)?
        var backoff: Backoff
        var generator = SystemRandomNumberGenerator()
        var notBefore = MonotonicTime(nanoseconds: 0)
        let time = SystemTime()

        init(_ parts: DeskLoop.Parts, end: Latch) {
            self.parts = parts
            self.end = end
            backoff = parts.backoff
        }

        mutating func run(_ task: Task) -> DeskInput {
            do throws(StoreError) {
                let store = try open()
                let answer = try task.run(on: store, for: parts.options.worker)
                backoff.reset()
                return answer
            } catch {
                if error.code == .unavailable { lost() }
                return task.failed(error)
            }
        }

        mutating func leave() {
            do throws(StoreError) {
                try open().leave(parts.options.worker)
            } catch {
                // With its session gone, the others find that it is no more.
                parts.log.warning("the worker left without saying so", error)
            }
        }

        private mutating func open() throws(StoreError) -> any ControlStore {
            if let store { return store }
            let pause = notBefore - time.monotonic
            if pause > .zero, end.wait(for: pause) { throw StoreError(.unavailable, "the worker is ending") }
            do throws(StoreError) {
                let opened = try parts.openControl()
                store = opened
                return opened
            } catch {
                lost()
                throw error
            }
        }

        /// The next attempt is not made at once: a server that is coming up again has enough to do.
        private mutating func lost() {
            store = nil
            notBefore = time.monotonic + backoff.next(using: &generator)
        }
    }
}

extension DeskControl.Task {
    fileprivate func run(on store: any ControlStore, for worker: WorkerId) throws(StoreError) -> DeskInput {
        switch self {
        case .beat(let beat): return .beat(try store.beat(beat))
        case .claim(let wanted):
            return .claimed(wanted: wanted.map(\.number), try store.claim(wanted, for: worker))
        case .release(let held):
            try store.release(held, by: worker)
            return .released(held.map(\.number))
        case .errand(let errand): return .ran(errand, try store.run(errand))
        }
    }

    fileprivate func failed(_ error: StoreError) -> DeskInput {
        switch self {
        case .beat: .beatFailed(error)
        case .claim(let wanted): .claimFailed(wanted: wanted.map(\.number), error)
        case .release(let held): .releaseFailed(held.map(\.number), error)
        case .errand(let errand): .errandFailed(errand, error)
        }
    }
}
