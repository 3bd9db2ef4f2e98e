extension EventState {
    /// What is wrong with a new event; nil if nothing is. The ingress has checked the form: this is what must hold
    /// whoever
    /// sends it, so that nothing here ever traps or grows without bound.
    static func check(_ command: CreateEvent) -> Invalid? {
        if !check(command.details) { return .details }
        if !check(command.settings) { return .settings }
        if let policy = command.refundPolicy, !check(policy) { return .policy }
        if let invalid = check(command.tiers) { return invalid }
        guard command.shows.count <= Bounds.shows else { return .shows }
        let tiers = command.tiers.map(\.name)
        var places = 0
        for show in command.shows {
            if let invalid = check(show, tiers: tiers) { return invalid }
            places += show.placeCount
            guard places <= Bounds.placesPerEvent else { return .places }
        }
        return nil
    }

    static func check(_ details: EventDetails) -> Bool {
        let names = [details.name, details.category, details.language, details.venue, details.city, details.country]
        return !details.name.isEmpty && details.performers.count <= Bounds.performers
            && (names + details.performers).allSatisfy { $0.text.utf8.count <= Bounds.nameBytes }
            && details.description.text.utf8.count <= 65_536
    }

    static func check(_ settings: Settings) -> Bool {
        let spans = [settings.hold, settings.payment, settings.offer]
        return spans.allSatisfy { $0.count >= 1 && $0 <= Bounds.seconds }
            && settings.maxTicketsPerBuyer >= 1 && settings.maxTicketsPerBuyer <= Bounds.placesPerReservation
            && settings.maxPassOvers >= 0 && settings.maxPassOvers <= Bounds.passOvers
    }

    static func check(_ policy: [PolicyStep]) -> Bool {
        policy.count <= Bounds.policySteps
            && Set(policy.map(\.hoursBefore)).count == policy.count
            && policy.allSatisfy {
                $0.hoursBefore >= 0 && $0.hoursBefore <= 100_000 && $0.percent >= 0 && $0.percent <= 100
            }
    }

    private static func check(_ tiers: [TierSpec]) -> Invalid? {
        guard tiers.count >= 1, tiers.count <= Bounds.tiers, Set(tiers.map(\.name)).count == tiers.count,
            tiers.allSatisfy({ !$0.name.isEmpty && $0.name.text.utf8.count <= Bounds.nameBytes })
        else { return .tiers }
        return tiers.allSatisfy { isPrice($0.price) } ? nil : .price
    }

    static func isPrice(_ price: Int64) -> Bool { price >= 0 && price <= Bounds.price }

    static func check(_ show: ShowSpec, tiers: [Label]) -> Invalid? {
        let times = [show.startsAt, show.endsAt, show.salesStart, show.salesEnd].compactMap(\.self)
        guard times.allSatisfy({ $0.microseconds >= 0 && $0 <= Bounds.latest }) else { return .showTimes }
        if let endsAt = show.endsAt, endsAt <= show.startsAt { return .showTimes }
        if let salesStart = show.salesStart, salesStart >= show.salesEnd ?? show.startsAt { return .showTimes }
        return Layout.check(show.sections, tiers: tiers)
    }

    /// Most hours first: the first step that is still met is the one that holds.
    static func sorted(_ policy: [PolicyStep]) -> [PolicyStep] {
        policy.sorted { $0.hoursBefore > $1.hoursBefore }
    }
}
