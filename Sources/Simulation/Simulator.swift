internal import Runtime

/// Histories of a whole installation in simulated time: the worker's own code, and fakes around it that fail in every
/// way that the real ones do. One seed is one history, to the last byte.
public struct Simulator: Sendable {
    /// How many commands a history has; nil leaves it to the seed.
    public var commands: Int?
    /// What the mutation check takes away.
    package var mutation: Mutation?

    package enum Mutation: String, Sendable, CaseIterable {
        case noEpochCheck, noBatchNumberCheck, noJournalLookup, earlyExpiry
    }

    public init(commands: Int? = nil) {
        self.commands = commands
    }

    /// What one history came to.
    public struct Report: Sendable, Hashable {
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

    /// Lives through one history, and tells each thing that happens to `print`.
    public func run(seed: UInt64, print: ((String) -> Void)? = nil) throws -> Report {
        let world = try World(
            seed: seed, commands: commands, mutation: mutation, print: print)
        // What is still to happen holds the world, and the world what is to happen.
        defer { withExtendedLifetime(world) { world.scheduler.end() } }
        world.live()
        return Report(
            seed: seed, hash: world.trace.hash, failure: world.failure, decided: world.auditor.decided,
            fellDue: world.auditor.fellDue,
            duration: .nanoseconds(world.scheduler.now.nanoseconds))
    }
}
