internal import Glibc

/// A gate that opens once. Waiters block on a thread (`wait`) or suspend a task (`waited`).
public final class Latch: @unchecked Sendable {  // because: `isOpen` and `tasks` are touched only under `mutex`
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var isOpen = false
    private var tasks: [CheckedContinuation<Void, Never>] = []

    public init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A step of the wall clock must not lengthen a wait.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// A hundred years.
    private static let longestWait = Duration.seconds(100 * 365 * 86_400)

    /// Opens the gate; later calls change nothing.
    public func open() {
        pthread_mutex_lock(mutex)
        isOpen = true
        let waiting = tasks
        tasks = []
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
        for task in waiting { task.resume() }
    }

    /// Blocks the calling thread until the gate is open.
    public func wait() {
        pthread_mutex_lock(mutex)
        while !isOpen { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    /// Blocks the calling thread until the gate is open or the time is over.
    ///
    /// - Returns: whether the gate is open.
    public func wait(for duration: Duration) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        // Below zero is now, and "for ever" is capped: a wrong `timespec` would make the wait below return at once,
        // again and again.
        let nanoseconds = min(max(duration, .zero), Self.longestWait).nanoseconds + Int64(deadline.tv_nsec)
        deadline.tv_sec += Int(nanoseconds / 1_000_000_000)
        deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isOpen {
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
        }
        return isOpen
    }

    /// Suspends the calling task until the gate is open.
    public func waited() async {
        await withCheckedContinuation { continuation in
            pthread_mutex_lock(mutex)
            if isOpen {
                pthread_mutex_unlock(mutex)
                continuation.resume()
            } else {
                tasks.append(continuation)
                pthread_mutex_unlock(mutex)
            }
        }
    }
}
