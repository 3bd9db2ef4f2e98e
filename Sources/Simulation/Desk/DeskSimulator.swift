internal import Runtime

/// Histories of the desk line in simulated time: the worker's own code, a control database, and for each tenant a
/// database of its own that may be away while the others are there.
public struct DeskSimulator: LineSimulator {
    /// How many commands a history has; nil leaves it to the seed.
    public var commands: Int?
    /// What is taken away, to see that it is missed.
    public var mutation: Mutation?

    public enum Mutation: String, Sendable, CaseIterable {
        /// A tenant's database writes batches of whoever once owned the partition.
        case epoch = "epoch-check"
        /// It writes a batch whatever the number of the one before, and though its commands are in the journal.
        case batchNumber = "batch-number-check"
        /// It knows nothing of what is in its journal.
        case journalLookup = "journal-lookup"
        /// What agents work on is not loaded, and may be given to them again.
        case workingRows = "working-rows"
        /// What was kept while a tenant's database was away comes back in another order.
        case spillOrder = "spill-order"
        /// All of it is forgotten once a part is decided.
        case spillLoss = "spill-loss"
        /// What waits for a database that is away is never kept elsewhere, and others' commands wait behind it.
        case spill = "spill"
    }

    public init(commands: Int? = nil) { self.commands = commands }

    public var line: SimulatedLine { .desk }

    public func run(seed: UInt64, print: ((String) -> Void)?) throws -> Simulator.Report {
        let world = try DeskWorld(seed: seed, commands: commands, mutation: mutation, print: print)
        // What is still to happen holds the world, and the world what is to happen.
        defer { withExtendedLifetime(world) { world.scheduler.end() } }
        world.live()
        return Simulator.Report(
            line: line, seed: seed, hash: world.trace.hash, failure: world.failure, decided: world.auditor.decided,
            fellDue: world.auditor.fellDue, duration: .nanoseconds(world.scheduler.now.nanoseconds))
    }
}
