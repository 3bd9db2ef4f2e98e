internal import Runtime

/// Work that takes its time, such as checking a password: on threads of its own, so much at once and so much waiting.
final class Errands: Sendable {
    struct Errand: Sendable {
        let perform: @Sendable () -> Void
        /// Called instead where the process stops first.
        let refuse: @Sendable () -> Void
    }

    private let name: String
    private let count: Int
    private let waiting: Mail<Errand>
    private let threads = Lock<[OwnedThread]>([])

    init(_ name: String, threads: Int, waiting: Int) {
        self.name = name
        count = threads
        self.waiting = Mail(bound: waiting)
    }

    func start() throws {
        for number in 1...count {
            // Argon2 keeps its memory on the heap.
            let thread = try OwnedThread(name: "\(name)-\(number)") { [waiting] in
                while let errand = waiting.take() { errand.perform() }
            }
            threads.withLock { $0.append(thread) }
        }
    }

    /// - Returns: false where too much waits already, or the process stops.
    func post(_ errand: Errand) -> Bool { waiting.put(errand) }

    var waitingCount: Int { waiting.count }

    func stop() {
        for errand in waiting.close() { errand.refuse() }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }
}
