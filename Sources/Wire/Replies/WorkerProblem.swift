/// What a worker answers where no rule book decided, by the codes that `/problems/{code}` explains. (It has others that
/// mean the same here as elsewhere, such as `no-such-event`.)
public enum WorkerProblem: String, CaseIterable, Hashable, Sendable {
    /// The key is decided in another partition than the one that the command came to.
    case wrongPartition = "wrong-partition"
    /// It could not be decided, and is kept for a person to look at.
    case parked
    /// What is stored of the event does not hold together.
    case eventUnavailable = "event-unavailable"
    /// A tenant's own database does not answer, or what is in it does not hold together.
    case tenantUnavailable = "tenant-unavailable"
    /// It was sent by a map of partitions that is out of date.
    case eventMoved = "event-moved"

    public var status: Int {
        switch self {
        case .wrongPartition: 400
        case .parked: 500
        case .eventUnavailable, .eventMoved, .tenantUnavailable: 503
        }
    }

    public var title: String {
        switch self {
        case .wrongPartition: "The key belongs to another partition"
        case .parked: "The command could not be decided"
        case .eventUnavailable: "The event cannot be served"
        case .tenantUnavailable: "The tenant's desk cannot be served"
        case .eventMoved: "The event has moved"
        }
    }
}

extension ProblemBody {
    public static func bytes(_ problem: WorkerProblem, detail: String) -> [UInt8] {
        bytes(status: problem.status, code: problem.rawValue, title: problem.title, detail: detail)
    }
}
