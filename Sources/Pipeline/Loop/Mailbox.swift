internal import Glibc
internal import Runtime

/// Where one thread waits for what others leave to it: one lock for each that leaves something, one wake-up for all
/// that has gathered.
///
/// It has no bound of its own: what is left here is bounded by what its reader has asked for.
package final class Mailbox<Item: Sendable>: @unchecked Sendable {
    // because: `items` and the flags are touched only under `mutex`

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var items: [Item] = []
    private var isWaiting = false
    private var isClosed = false

    package init() {
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

    package func put(_ item: Item) { change { $0.append(item) } }

    /// Leaves something, or works it into what is there already.
    package func change(_ body: (inout [Item]) -> Void) {
        pthread_mutex_lock(mutex)
        body(&items)
        let wakes = isWaiting
        isWaiting = false
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(condition) }
    }

    /// Ends the reader's wait, this one and every later one.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        isWaiting = false
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Waits until something is there and takes all of it. For one thread.
    ///
    /// - Parameters:
    ///   - taken: gets everything; it is empty, and its memory is used for what comes next.
    ///   - duration: how long to wait at most; nil for as long as it takes.
    /// - Returns: false when the box is closed and nothing is left in it.
    package func take(into taken: inout [Item], within duration: Duration? = nil) -> Bool {
        precondition(taken.isEmpty, "what was taken before has not been worked off")
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if items.isEmpty && !isClosed { wait(within: duration) }
        swap(&items, &taken)
        return !isClosed || !taken.isEmpty
    }

    /// Works off whatever is left here, one by one, until the box is closed and nothing is left in it.
    package func workOff(_ body: (Item) -> Void) {
        var taken: [Item] = []
        while take(into: &taken) {
            for item in taken { body(item) }
            taken.removeAll(keepingCapacity: true)
        }
    }

    private func wait(within duration: Duration?) {
        guard let duration else {
            while items.isEmpty && !isClosed {
                isWaiting = true
                pthread_cond_wait(condition, mutex)
            }
            return
        }
        guard duration > .zero else { return }
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        // A day is for ever to whoever looks again anyway.
        let nanoseconds = min(duration, .seconds(86_400)).nanoseconds + Int64(deadline.tv_nsec)
        deadline.tv_sec += Int(nanoseconds / 1_000_000_000)
        deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while items.isEmpty && !isClosed {
            isWaiting = true
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
        }
        isWaiting = false
    }
}
