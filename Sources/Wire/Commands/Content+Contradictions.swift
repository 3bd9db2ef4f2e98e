internal import Ticketing

extension Content {
    /// What cannot be right whatever the event is like, value by value. The rule book refuses it as well, whoever sends
    /// it; but it has a word for it and no place, and its refusal uses a key up.
    public var contradictions: [Problem] {
        var found = Contradictions()
        switch order {
        case .create(let event): found.look(at: event)
        case .existing(.changeEvent(let change)): found.look(at: change.refundPolicy)
        case .existing(.addShow(let show)): found.look(at: show, tiers: nil, "")
        case .existing(.block(_, let seats)), .existing(.unblock(_, let seats)): found.look(forTwo: seats, "/seats/")
        case .existing(.reserve(let reserve)):
            if case .seats(let seats) = reserve.choice { found.look(forTwo: seats, "/seats/") }
        case .existing(.refundBooking(_, .tickets(let tickets))): found.look(forTwo: tickets, "/tickets/")
        default: break
        }
        return found.problems
    }
}

extension Contradictions {
    fileprivate mutating func look(at event: CreateEvent) {
        look(at: event.refundPolicy)
        look(forTwo: event.tiers.map(\.name), "/tiers/", "/name")
        let tiers = Set(event.tiers.map(\.name))
        for (place, show) in event.shows.enumerated() { look(at: show, tiers: tiers, "/shows/\(place)") }
        let places = event.shows.reduce(0) { $0 + $1.placeCount }
        if places > Bounds.placesPerEvent {
            add("/shows", "have \(places) places together: an event has at most \(Bounds.placesPerEvent)")
        }
    }

    fileprivate mutating func look(at policy: [PolicyStep]?) {
        look(forTwo: (policy ?? []).map(\.hoursBefore), "/refundPolicy/", "/hoursBefore")
    }

    /// - Parameter tiers: the event's; nil where only its partition knows them.
    fileprivate mutating func look(at show: ShowSpec, tiers: Set<Label>?, _ pointer: String) {
        if let endsAt = show.endsAt, endsAt <= show.startsAt { add("\(pointer)/endsAt", "must be after startsAt") }
        if let salesStart = show.salesStart, salesStart >= show.salesEnd ?? show.startsAt {
            add(
                "\(pointer)/salesStart",
                show.salesEnd == nil
                    ? "must be before startsAt, when sales end unless there is a salesEnd" : "must be before salesEnd")
        }
        look(forTwo: show.sections.map(\.name), "\(pointer)/sections/", "/name")
        for (place, section) in show.sections.enumerated() {
            let pointer = "\(pointer)/sections/\(place)"
            if let tiers, !tiers.contains(section.tier) { add("\(pointer)/tier", "must be one of the event's tiers") }
            if case .rows(let rows) = section.seating { look(forTwo: rows.map(\.name), "\(pointer)/rows/", "/name") }
        }
        if show.placeCount > Bounds.placesPerShow {
            add(
                "\(pointer)/sections",
                "have \(show.placeCount) places together: a show has at most \(Bounds.placesPerShow)")
        }
    }
}
