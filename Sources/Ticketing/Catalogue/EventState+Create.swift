extension EventState {
    /// Makes an event of nothing. Defaults are copied into it: what they are later changes nothing that exists.
    public static func create(_ command: CreateEvent, context: Context) -> (EventState?, Decision) {
        if let invalid = check(command) {
            return (nil, Decision(id: context.commandId, outcome: .refused(.invalid(invalid))))
        }
        let policy = sorted(command.refundPolicy ?? [PolicyStep(hoursBefore: 24, percent: 100)])
        let terms = Terms(number: 0, tiers: command.tiers, policy: policy)
        let row = EventRow(
            event: command.event, tenant: context.tenant, details: command.details, currency: command.currency,
            settings: command.settings, status: .active)
        var state = EventState(row, terms: [terms], time: context.now)
        var decision = Decision(
            id: context.commandId, outcome: .eventCreated(command.event, shows: command.shows.count))
        decision.writes = [.insertEvent(row), .insertTerms(terms.row)]
        for spec in command.shows { state.addShow(spec, &decision) }
        return (state, decision)
    }

    mutating func decideAddShow(_ spec: ShowSpec, _ context: Context) -> Decision {
        if status == .cancelled { return refuse(.eventCancelled, context) }
        guard shows.count < Bounds.shows else { return refuse(.invalid(.shows), context) }
        if let invalid = Self.check(spec, tiers: tierNames) { return refuse(.invalid(invalid), context) }
        let places = shows.reduce(0) { $0 + $1.layout.placeCount }
        guard places + spec.placeCount <= Bounds.placesPerEvent else { return refuse(.invalid(.places), context) }
        var decision = Decision(id: context.commandId, outcome: .showAdded(shows.count + 1))
        addShow(spec, &decision)
        return decision
    }

    private mutating func addShow(_ spec: ShowSpec, _ decision: inout Decision) {
        shows.append(
            Show(
                number: shows.count + 1, spec: spec, layout: layout(of: spec.sections),
                largestParty: settings.maxTicketsPerBuyer))
        decision.writes.append(.insertShow(shows[shows.count - 1].row))
        note(.added, show: shows.count - 1, in: &decision)
    }

    /// Shows of one venue share their layout.
    func layout(of sections: [SectionSpec]) -> Layout {
        shows.last { $0.layout.specs == sections }?.layout ?? Layout(sections, tiers: tierNames)
    }
}

extension ShowSpec {
    /// How many places its sections have, once they have been checked.
    public var placeCount: Int {
        sections.reduce(0) { sum, section in
            switch section.seating {
            case .general(let capacity): sum + capacity
            case .rows(let rows): rows.reduce(sum) { $0 + $1.seats }
            }
        }
    }
}

extension Terms {
    var row: TermsRow { TermsRow(number: number, tiers: tiers, policy: policy) }
}
