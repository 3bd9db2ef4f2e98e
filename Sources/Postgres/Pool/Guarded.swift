internal import Glibc

/// State under a lock.
///
/// Not `Synchronization.Mutex`: when that is contended, the kernel hands it over by a priority-inheritance futex, which
/// the thread sanitizer does not see, and reports races where there are none.
final class Guarded<State>: @unchecked Sendable {  // because: `state` is touched only under `mutex`
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var state: State

    init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
