package import Desk
internal import HTTPServer
package import Ticketing
package import Wire

/// Everything that an answer of this interface can have as its `code`, whoever refused.
package enum ProblemCode: Hashable, Sendable {
    /// Before any rule book saw it.
    case fault(FaultCode)
    /// By the rule book.
    case refusal(Refusal.Kind)
    /// By a desk's rule book.
    case desk(DeskRefusal.Kind)
    /// By a worker, without its rule book.
    case worker(WorkerProblem)

    package static let all =
        FaultCode.allCases.map(Self.fault) + Refusal.Kind.allCases.map(Self.refusal)
        + DeskRefusal.Kind.allCases.map(Self.desk) + WorkerProblem.allCases.map(Self.worker)

    package var text: String {
        switch self {
        case .fault(let code): code.rawValue
        case .refusal(let kind): kind.rawValue
        case .desk(let kind): kind.rawValue
        case .worker(let problem): problem.rawValue
        }
    }

    package var status: Int {
        switch self {
        case .fault(let code): code.status.code
        case .refusal(let kind): kind.status
        case .desk(let kind): kind.status
        case .worker(let problem): problem.status
        }
    }

    package var title: String {
        switch self {
        case .fault(let code): code.title
        case .refusal(let kind): kind.title.description
        case .desk(let kind): kind.title.description
        case .worker(let problem): problem.title
        }
    }
}
