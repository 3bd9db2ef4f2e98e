internal import Runtime

/// Many histories, one of each line for each seed, on several threads.
public struct Campaign: Sendable {
    public var simulators: [any LineSimulator]
    public var seeds: Range<UInt64>
    public var threads: Int

    public init(_ simulators: any LineSimulator..., seeds: Range<UInt64>, threads: Int) {
        self.init(simulators, seeds: seeds, threads: threads)
    }

    public init(_ simulators: [any LineSimulator], seeds: Range<UInt64>, threads: Int) {
        self.simulators = simulators
        self.seeds = seeds
        self.threads = threads
    }

    public struct Summary: Sendable, Hashable {
        public var histories = 0
        public var decided = 0
        public var fellDue = 0
        public var simulated = Duration.zero
        /// Of all histories' hashes, in whatever order they were lived through.
        public var hash: UInt64 = 0
        /// What failed, by seed; the campaign ends at the first.
        public var failures: [Simulator.Report] = []

        mutating func add(_ report: Simulator.Report) {
            histories += 1
            decided += report.decided
            fellDue += report.fellDue
            simulated += report.duration
            hash ^= report.hash
            if report.failure != nil { failures.append(report) }
        }
    }

    /// - Throws: `ThreadError`, or what a world cannot be made for.
    public func run() throws -> Summary {
        let progress = Lock(Progress(next: seeds.lowerBound))
        var workers: [OwnedThread] = []
        for number in 0..<max(1, threads) {
            workers.append(
                try OwnedThread(name: "histories-\(number)", stackBytes: 8 << 20) {
                    while let seed = progress.withLock({ $0.take(below: seeds.upperBound) }) {
                        do {
                            for simulator in simulators {
                                let report = try simulator.run(seed: seed)
                                progress.withLock { $0.summary.add(report) }
                            }
                        } catch {
                            let problem = "\(error)"
                            progress.withLock { $0.problem = problem }
                        }
                    }
                })
        }
        for worker in workers { worker.join() }
        return try progress.withLock { progress in
            if let problem = progress.problem { throw CampaignError(description: problem) }
            return progress.summary
        }
    }

    private struct Progress: Sendable {
        var next: UInt64
        var summary = Summary()
        var problem: String?

        /// Seeds in order, until one fails: what is under way by then is finished.
        mutating func take(below end: UInt64) -> UInt64? {
            guard next < end, summary.failures.isEmpty, problem == nil else { return nil }
            next += 1
            return next - 1
        }
    }
}

/// A world that could not be made.
public struct CampaignError: Error, CustomStringConvertible {
    public let description: String
}
