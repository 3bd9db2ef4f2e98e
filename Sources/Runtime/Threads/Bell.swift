/// Wakes a thread that waits for something to do, from any other. However often it is rung meanwhile, the thread wakes
/// once; and once more when it was rung while the thread was at work.
///
/// Whoever has something to do puts it where the thread looks, and rings; the thread waits, and then looks.
public final class Bell: Sendable {
    private let latch = Lock(Latch())

    public init() {}

    public func ring() { latch.withLock { $0 }.open() }

    /// Blocks until it is rung, or has been since the last wait was over.
    public func wait() {
        latch.withLock { $0 }.wait()
        rearm()
    }

    /// The same for some time at most.
    public func wait(for duration: Duration) {
        _ = latch.withLock { $0 }.wait(for: duration)
        rearm()
    }

    /// What is rung from here on is for the next wait; what was rung before is found by whoever looks now.
    private func rearm() { latch.withLock { $0 = Latch() } }
}
