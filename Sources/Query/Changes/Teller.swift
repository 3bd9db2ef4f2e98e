internal import Runtime
internal import Ticketing
internal import Wire

/// The thread that tells followers of shows what has changed: the first change after a quiet time at once, what comes
/// behind it together.
final class Teller: Sendable {
    private struct State {
        /// Shows with something to tell.
        var changed: [ShowId: LiveShow] = [:]
        /// Shows that somebody waits for with an answer.
        var polled: [ShowId: LiveShow] = [:]
        var wake = Latch()
        /// When the thread looks next by itself, while it sleeps.
        var sleepsUntil = MonotonicTime(nanoseconds: .max)
        var isStopped = false
    }

    private let state = Lock(State())
    private let time: any TimeSource
    private let thread = Lock<OwnedThread?>(nil)

    /// How late a poll whose time is over may be answered.
    private static let tick = Duration.milliseconds(50)

    init(time: any TimeSource = SystemTime()) throws {
        self.time = time
        let thread = try OwnedThread(name: "teller") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    func changed(_ show: LiveShow) {
        let due = show.audience.next
        let wake: Latch? = state.withLock { state in
            guard state.changed.updateValue(show, forKey: show.id) == nil else { return nil }
            return due < state.sleepsUntil ? state.wake : nil
        }
        wake?.open()
    }

    /// Somebody waits for an answer about the show, for a time.
    func polled(_ show: LiveShow) {
        let due = time.monotonic + Self.tick
        let wake: Latch? = state.withLock { state in
            guard state.polled.updateValue(show, forKey: show.id) == nil else { return nil }
            return due < state.sleepsUntil ? state.wake : nil
        }
        wake?.open()
    }

    func stop() {
        let wake = state.withLock { state in
            state.isStopped = true
            return state.wake
        }
        wake.open()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        while true {
            let now = time.monotonic
            guard let (changed, polled) = take(at: now) else { return }
            for show in changed { show.audience.tell(show, at: now) }
            for show in polled { show.audience.expire(show, at: now) }
            let (wake, until) = prepareToSleep()
            let left = until - time.monotonic
            if left > .zero { _ = wake.wait(for: left) }
        }
    }

    /// - Returns: the shows to tell of now, and those with polls; nil at the end.
    private func take(at now: MonotonicTime) -> ([LiveShow], [LiveShow])? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            state.sleepsUntil = MonotonicTime(nanoseconds: 0)
            let due = state.changed.values.filter { $0.audience.next <= now }
            for show in due { state.changed[show.id] = nil }
            state.polled = state.polled.filter { $0.value.audience.hasPolls }
            return (due, Array(state.polled.values))
        }
    }

    private func prepareToSleep() -> (Latch, MonotonicTime) {
        let now = time.monotonic
        return state.withLock { state in
            state.wake = Latch()
            var until = state.polled.isEmpty ? MonotonicTime(nanoseconds: .max) : now + Self.tick
            for show in state.changed.values { until = min(until, show.audience.next) }
            if state.isStopped { until = now }
            state.sleepsUntil = until
            return (state.wake, until)
        }
    }
}
