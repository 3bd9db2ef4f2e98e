internal import Runtime

/// The threads that handlers block on. What is handed to it waits for a free one; the machine hands it no more than it
/// has threads.
final class EffectCrew: Sendable {
    private struct State {
        var jobs: [EffectRequest] = []
        var waiters: [Latch] = []
        var isClosed = false
    }

    private let state = Lock(State())
    private let threads: [OwnedThread]

    /// - Parameter work: called on the threads, each effect once.
    init(_ kind: EffectKind, size: Int, work: @escaping @Sendable (EffectRequest) -> Void) throws(ThreadError) {
        let state = state
        var threads: [OwnedThread] = []
        do throws(ThreadError) {
            for _ in 0..<size {
                threads.append(
                    try OwnedThread(name: "effect \(kind.rawValue)") {
                        while let request = Self.next(state) { work(request) }
                    })
            }
        } catch {
            Self.close(state)
            throw error
        }
        self.threads = threads
    }

    func start(_ request: EffectRequest) {
        let waiter = state.withLock { state in
            state.jobs.append(request)
            return state.waiters.popLast()
        }
        waiter?.open()
    }

    /// Ends the threads that have nothing to do, and the others when they are done.
    ///
    /// - Parameter waiting: until all are gone. Nobody waits for a handler that hangs.
    func close(waiting: Bool) {
        Self.close(state)
        if waiting { for thread in threads { thread.join() } }
    }

    private static func next(_ state: Lock<State>) -> EffectRequest? {
        while true {
            let latch = Latch()
            let (request, isClosed) = state.withLock { state -> (EffectRequest?, Bool) in
                if state.isClosed { return (nil, true) }
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), false) }
                state.waiters.append(latch)
                return (nil, false)
            }
            if let request { return request }
            if isClosed { return nil }
            latch.wait()
        }
    }

    private static func close(_ state: Lock<State>) {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.open() }
    }
}
