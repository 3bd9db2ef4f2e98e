internal import Pipeline
internal import Ticketing

/// What every store has to do: the real one and the simulator's pass the same checks.
public enum StoreConformance {
    public struct Check: Sendable, CustomStringConvertible {
        public let name: String
        /// Throws what is not as it has to be.
        public let run: @Sendable (any StoreWorld) throws -> Void
        public var description: String { name }

        init(_ name: String, _ run: @escaping @Sendable (any StoreWorld) throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    public static var all: [Check] { ownership + fencing + journal + inventory + changes + routes }

    static func failure(_ body: () throws -> Void) throws -> CommitFailure {
        do {
            try body()
        } catch let failure as CommitFailure {
            return failure
        }
        throw Mismatch("it was committed")
    }

    static func requireRejected(_ what: String, _ body: () throws -> Void) throws {
        let failure = try failure(body)
        guard case .rejected = failure else { throw Mismatch("\(what): \(failure)") }
    }

    /// What the store has of the clerk's event is what the clerk has.
    static func requireEqual(_ clerk: Clerk, in store: any Store, partition: Int = 0) throws {
        let loaded = try store.load(clerk.event, for: partition, at: clerk.state?.time ?? clerk.now)
        guard case .event(let state) = loaded else { throw Mismatch("not loaded: \(loaded.name)") }
        try require(state.bytes == clerk.state?.bytes, "the loaded state is another")
    }

    static let hall = [
        SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 6), RowSpec(name: "B", seats: 6)]),
        SectionSpec(name: "Standing", tier: "B", capacity: 4),
    ]
}

extension LoadedEvent {
    /// For messages.
    var name: String {
        switch self {
        case .event: "event"
        case .missing: "missing"
        case .arrived: "arrived"
        case .arriving: "arriving"
        case .elsewhere(let partition): "elsewhere \(partition)"
        case .broken(let reason): "broken: \(reason)"
        }
    }
}
