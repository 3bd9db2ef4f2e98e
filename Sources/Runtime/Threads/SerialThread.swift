internal import Glibc

/// A serial executor on an owned thread: one job after another, in the order in which they were enqueued.
///
/// An actor that names it as its `unownedExecutor` may make blocking calls. From asynchronous code `run` crosses over
/// to the thread and back, which costs about 14 µs whether for one item or for a hundred: cross once a batch.
///
/// The queue of jobs has no bound of its own, since an executor cannot refuse: whoever feeds it bounds what is under
/// way. It runs until `stop`, which somebody must call: the thread keeps it alive.
public final class SerialThread: SerialExecutor, @unchecked Sendable {
    // because: `jobs` and `stopping` are touched only under `mutex`, and `thread` is set before `init` returns

    private enum Job {
        case unowned(UnownedJob)
        case block(@Sendable () -> Void)
    }

    public let name: String

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [Job] = []
    private var stopping = false
    private var thread: OwnedThread?

    public init(name: String) throws(ThreadError) {
        self.name = name
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        // The thread keeps its executor alive until `stop`, so a job can never outlive it.
        thread = try OwnedThread(name: name) { [self] in loop() }
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func loop() {
        var batch: [Job] = []
        while true {
            pthread_mutex_lock(mutex)
            while jobs.isEmpty && !stopping { pthread_cond_wait(condition, mutex) }
            swap(&batch, &jobs)
            let ended = batch.isEmpty
            pthread_mutex_unlock(mutex)
            if ended { return }
            for job in batch {
                switch job {
                case .unowned(let job): job.runSynchronously(on: asUnownedSerialExecutor())
                case .block(let block): block()
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    /// - Returns: whether the job will run; not when the thread has been stopped.
    private func push(_ job: Job) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if stopping { return false }
        jobs.append(job)
        pthread_cond_signal(condition)
        return true
    }

    /// An actor's job. One that comes after `stop` would leave its task hanging for ever, so it ends the process.
    public func enqueue(_ job: consuming ExecutorJob) {
        let taken = push(.unowned(UnownedJob(job)))
        precondition(taken, "an actor's job was given to the thread “\(name)” after its end")
    }

    /// Runs `block` on the thread, after what is queued there already, without waiting for it.
    ///
    /// - Returns: whether it will run: a thread that has been stopped takes nothing more.
    @discardableResult
    public func async(_ block: @escaping @Sendable () -> Void) -> Bool {
        push(.block(block))
    }

    /// Runs `body` on the thread and returns what it returned.
    ///
    /// - Throws: what `body` throws, or `ThreadStopped`.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let taken = push(.block { continuation.resume(with: Result(catching: body)) })
            if !taken { continuation.resume(throwing: ThreadStopped(name: name)) }
        }
    }

    /// Whether the caller runs on this executor's thread.
    public var isCurrent: Bool { thread?.isCurrent ?? false }

    public func checkIsolated() {
        precondition(isCurrent, "must run on the thread “\(name)”")
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Runs what is queued, then ends the thread and waits for that. Never from a task that runs on this executor.
    public func stop() async {
        requestStop()
        await thread?.joined()
    }

    private func requestStop() {
        pthread_mutex_lock(mutex)
        stopping = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// The thread had been stopped before the call.
public struct ThreadStopped: Error, Sendable, CustomStringConvertible {
    public let name: String
    public var description: String { "the thread “\(name)” has been stopped" }
}
