internal import Runtime

/// Wakes one thread: rung while it does not wait, it does not wait the next time.
final class Bell: Sendable {
    private let state = Lock<(isRung: Bool, waiter: Latch?)>((false, nil))

    func ring() {
        let waiter: Latch? = state.withLock { state in
            state.isRung = true
            return state.waiter
        }
        waiter?.open()
    }

    /// Returns when it is rung, or after the time.
    func wait(for time: Duration) {
        let latch = Latch()
        let isRung = state.withLock { state in
            if !state.isRung { state.waiter = latch }
            return state.isRung
        }
        if !isRung { _ = latch.wait(for: time) }
        state.withLock { $0 = (false, nil) }
    }
}
