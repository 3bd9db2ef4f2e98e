internal import API
internal import Pipeline
internal import Ticketing

/// How lines differ for those who take commands for them.
extension Line {
    /// What commands are published to.
    var exchange: String {
        switch self {
        case .seats: Topology.seats
        case .desk: Topology.desk
        }
    }

    /// Where it is told how busy everybody is.
    var loadExchange: String {
        switch self {
        case .seats: Topology.load
        case .desk: Topology.deskLoad
        }
    }

    /// Whether a key can be sent to another partition than the one that follows from it.
    var hasMoves: Bool { self == .seats }

    /// Whether decisions of a partition have one sequence of numbers; else each key has its own.
    var isNumberedByPartitions: Bool { self == .seats }

    /// Why nothing is taken as long as it is not known which partitions there are.
    var hasNoMap: IntakeFailure {
        switch self {
        case .seats: .databaseAway
        case .desk: .unavailable("The desk's partitions are not known here yet: its first worker makes them.")
        }
    }
}

extension TenantId {
    /// A tenant as what commands are partitioned by: the same bytes.
    var key: EventId { EventId(high: high, low: low) }
}

extension EventId {
    var tenant: TenantId { TenantId(high: high, low: low) }
}
