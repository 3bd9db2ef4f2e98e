internal import Runtime

/// The line whose workers live in a history.
public enum SimulatedLine: String, Sendable, CaseIterable {
    case seats, desk
}

/// Lives through one history for each seed, to the last byte the same each time.
public protocol LineSimulator: Sendable {
    var line: SimulatedLine { get }
    /// Lives through one history, and tells each thing that happens to `print`.
    func run(seed: UInt64, print: ((String) -> Void)?) throws -> Simulator.Report
}

extension LineSimulator {
    public func run(seed: UInt64) throws -> Simulator.Report { try run(seed: seed, print: nil) }
}

/// Histories of the seats line in simulated time: the worker's own code, and fakes around it that fail in every
/// way that the real ones do. One seed is one history, to the last byte.
public struct Simulator: LineSimulator {
    /// How many commands a history has; nil leaves it to the seed.
    public var commands: Int?
    /// What is taken away, to see that it is missed.
    public var mutation: Mutation?

    public enum Mutation: String, Sendable, CaseIterable {
        /// The database writes batches of whoever once owned the partition.
        case epoch = "epoch-check"
        /// The database writes a batch whatever the number of the one before.
        case batchNumber = "batch-number-check"
        /// Workers decide redelivered commands without looking for them in the journal.
        case journalLookup = "journal-lookup"
        /// What ends, ends when its time is up, and not a microsecond before.
        case exactExpiry = "exact-expiry"
    }

    public init(commands: Int? = nil) {
        self.commands = commands
    }

    /// What one history came to.
    public struct Report: Sendable, Hashable {
        public let line: SimulatedLine
        public let seed: UInt64
        /// Of everything that happened, in order.
        public let hash: UInt64
        /// What went wrong first; nil where everything held.
        public let failure: String?
        public let decided: Int
        public let fellDue: Int
        /// Simulated.
        public let duration: Duration
    }

    public var line: SimulatedLine { .seats }

    public func run(seed: UInt64, print: ((String) -> Void)?) throws -> Report {
        let world = try World(
            seed: seed, commands: commands, mutation: mutation, print: print)
        // What is still to happen holds the world, and the world what is to happen.
        defer { withExtendedLifetime(world) { world.scheduler.end() } }
        world.live()
        return Report(
            line: line, seed: seed, hash: world.trace.hash, failure: world.failure, decided: world.auditor.decided,
            fellDue: world.auditor.fellDue,
            duration: .nanoseconds(world.scheduler.now.nanoseconds))
    }
}
