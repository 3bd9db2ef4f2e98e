public import Desk

extension DeskRefusal {
    public var status: Int { kind.status }
}

/// How a desk's refusal is told, in one place.
extension DeskRefusal.Kind {
    /// 404 for what does not exist, 422 for what no desk of these settings would allow, 409 for what this state does
    /// not.
    public var status: Int {
        switch self {
        case .noSuchAccount, .noSuchTicket: 404
        case .noSuchClass, .invalid: 422
        case .accountExists, .accountNotReady, .slaCannotBeMet, .slotLapsed, .promisesOutstanding, .alreadyResolved,
            .alreadyCancelled:
            409
        }
    }

    public var title: StaticString {
        switch self {
        case .noSuchAccount: "No such account"
        case .noSuchTicket: "No such ticket"
        case .noSuchClass: "No such class of tickets"
        case .invalid: "The request cannot be right"
        case .accountExists: "The account exists"
        case .accountNotReady: "The account is not ready"
        case .slaCannotBeMet: "The limit cannot be kept"
        case .slotLapsed: "The slot has lapsed"
        case .promisesOutstanding: "Promises are outstanding"
        case .alreadyResolved: "Already resolved"
        case .alreadyCancelled: "Already cancelled"
        }
    }

    public var detail: StaticString {
        switch self {
        case .noSuchAccount: "There is no account with this id."
        case .noSuchTicket: "There is no ticket with this id, or it ended long ago."
        case .noSuchClass: "The account's settings have no class of this name."
        case .invalid: "A value is not one that this account or any other could take: see reason."
        case .accountExists: "An account with this id has been requested before."
        case .accountNotReady: "The account has been requested and is being set up: ask again."
        case .slaCannotBeMet:
            "All agents are promised to others for so long that the ticket would end after its limit: see earliest."
        case .slotLapsed: "The slot is not kept any longer, and nobody has it: validate anew."
        case .promisesOutstanding: "Under these settings a promise that has been made would be broken."
        case .alreadyResolved: "The work on the ticket is done."
        case .alreadyCancelled: "The ticket was cancelled."
        }
    }
}

extension DeskRefusal {
    public var detail: StaticString {
        self == .invalid(.ticketType) ? "The slot was kept for a ticket of another class." : kind.detail
    }

    /// The answer of a refusal that no journal has: of whoever has no account, or none that is ready.
    public var problemBody: [UInt8] {
        var writer = JSONWriter(appendingTo: [])
        writer.beginObject()
        writer.problem(self)
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    /// The members of a problem (RFC 9457) that follow from the decision; `instance` and `requestId` are the ingress'.
    mutating func problem(_ refusal: DeskRefusal) {
        let kind = refusal.kind
        problem(refusal.code, title: kind.title, status: kind.status, detail: refusal.detail)
        switch refusal {
        case .invalid(let what):
            key("reason")
            string(what.rawValue)
        case .slaCannotBeMet(let earliest): field("earliest", earliest)
        case .noSuchAccount, .noSuchTicket, .noSuchClass, .accountExists, .accountNotReady, .slotLapsed,
            .promisesOutstanding, .alreadyResolved, .alreadyCancelled:
            break
        }
    }
}
