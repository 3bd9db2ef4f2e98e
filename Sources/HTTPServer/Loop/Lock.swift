internal import Glibc

/// A lock around a value, held briefly.
///
/// A pthread mutex and not `Synchronization.Mutex`: the contended path of that one is in a library which the thread
/// sanitizer does not see into, so that it would report races that are none and hide those that are.
struct Lock<Value: Sendable>: ~Copyable, @unchecked Sendable {  // because: the value is touched under the mutex only
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    init(_ value: Value) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
