public import Desk

/// What a command wants done, as the desk's rule book takes it.
public enum DeskOrder: Hashable, Sendable {
    indirect case request(RequestAccount)
    case existing(DeskCommand)
}

extension DeskOrder {
    public var kind: DeskCommandKind {
        switch self {
        case .request: .requestAccount
        case .existing(let command):
            switch command {
            case .accountReady: .accountReady
            case .setSettings: .setSettings
            case .createTicket: .createTicket
            case .validateEta: .validateEta
            case .allocateSlot: .allocateSlot
            case .cancel: .cancelTicket
            case .resolve: .resolveTicket
            }
        }
    }

    public var target: DeskTarget {
        switch self {
        case .existing(.allocateSlot(let slot, _)): .slot(slot)
        case .existing(.cancel(let ticket)), .existing(.resolve(let ticket)): .ticket(ticket)
        case .request, .existing: .desk
        }
    }

    /// What cannot be right whatever the desk is like, value by value. The rule book refuses it as well, whoever sends
    /// it; but it has a word for it and no place, and its refusal uses a key up.
    public var contradictions: [Problem] {
        var found = Contradictions()
        switch self {
        case .request(let request):
            if !DeskState.isSubDomain(request.subDomain) {
                found.add("/subDomain", "must be a label of a domain name, of small letters, digits and hyphens")
            }
            found.look(at: request.settings, "/settings")
        case .existing(.setSettings(let settings)): found.look(at: settings, "")
        case .existing: break
        }
        return found.problems
    }
}

extension Contradictions {
    fileprivate mutating func look(at settings: DeskSettings, _ pointer: String) {
        look(forTwo: settings.classes.map(\.name), "\(pointer)/classes/", "/name")
        for (place, kind) in settings.classes.enumerated() where kind.minutes <= settings.minutesPerTicket {
            add(
                "\(pointer)/classes/\(place)/minutes",
                "must be more than minutesPerTicket: work begins with a minute that has not begun")
        }
        let most = settings.mostOpenTickets
        if most > DeskBounds.openTickets {
            add(
                "\(pointer)/agents",
                "could do \(most) tickets within the longest limit: a desk has at most \(DeskBounds.openTickets) open")
        }
    }
}
