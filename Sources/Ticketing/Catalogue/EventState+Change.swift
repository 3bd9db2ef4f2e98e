extension EventState {
    /// New words for what is on sale, and new terms for what will be sold.
    mutating func decide(_ change: ChangeEvent, _ context: Context) -> Decision {
        if status == .cancelled { return refuse(.eventCancelled, context) }
        if let details = change.details, !Self.check(details) { return refuse(.invalid(.details), context) }
        if let policy = change.refundPolicy, !Self.check(policy) { return refuse(.invalid(.policy), context) }
        var tiers = current.tiers
        for price in change.prices ?? [] {
            guard let tier = tier(named: price.name) else { return refuse(.noSuchTier, context) }
            guard Self.isPrice(price.price) else { return refuse(.invalid(.price), context) }
            tiers[tier].price = price.price
        }
        let policy = change.refundPolicy.map(Self.sorted) ?? current.policy
        let isNew = tiers != current.tiers || policy != current.policy
        guard !isNew || terms.count < Bounds.termsPerEvent else {
            return refuse(.invalid(.tooManyChanges), context)
        }
        var decision = Decision(id: context.commandId, outcome: .eventChanged)
        if let details = change.details, details != self.details {
            self.details = details
            decision.writes.append(.updateEvent(row))
        }
        if isNew {
            terms.append(Terms(number: terms.count, tiers: tiers, policy: policy))
            decision.writes.append(.insertTerms(current.row))
        }
        return decision
    }

    var row: EventRow {
        EventRow(
            event: id, tenant: tenant, details: details, currency: currency, settings: settings, status: status)
    }
}
