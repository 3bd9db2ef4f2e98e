internal import API
internal import HTTPServer

extension Fault {
    static func overloaded(_ detail: String) -> Fault { Fault(.overloaded, detail, headers: ["Retry-After": "1"]) }
}

extension DatabaseDesk.Refusal {
    var fault: Fault {
        switch self {
        case .overloaded: .overloaded("More is being asked of the database than it can answer soon.")
        case .unavailable: .unavailable("The database cannot be asked at the moment.")
        }
    }
}
