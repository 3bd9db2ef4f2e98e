internal import Glibc

/// A serial executor on an owned thread: one job after another, in the order in which they were enqueued.
///
/// An actor that names it as its `unownedExecutor` may make blocking calls. From asynchronous code `run` crosses over
/// to the thread and back, which costs about 14 µs whether for one item or for a hundred: cross once a batch.
public final class SerialThread: SerialExecutor, @unchecked Sendable {
    // because: `jobs` and `stopping` are touched only under `mutex`, and `thread` is set before `init` returns

    private enum Job {
        case unowned(UnownedJob)
        case block(@Sendable () -> Void)
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [Job] = []
    private var stopping = false
    private var thread: OwnedThread?

    public init(name: String) throws(ThreadError) {
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

    private func push(_ job: Job) {
        pthread_mutex_lock(mutex)
        precondition(!stopping, "a job was given to a thread that has been stopped")
        jobs.append(job)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        push(.unowned(UnownedJob(job)))
    }

    /// Runs `block` on the thread, after what is queued there already, without waiting for it.
    public func async(_ block: @escaping @Sendable () -> Void) {
        push(.block(block))
    }

    /// Runs `body` on the thread and returns what it returned.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            push(.block { continuation.resume(with: Result(catching: body)) })
        }
    }

    /// Whether the caller runs on this executor's thread.
    public var isCurrent: Bool { thread?.isCurrent ?? false }

    public func checkIsolated() {
        precondition(isCurrent, "must run on the thread “\(thread?.name ?? "?")”")
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Runs what is queued, then ends the thread and waits for that.
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
