extension DeskState {
    /// A desk begins as a wish: it does nothing until its database is there.
    public static func create(_ command: RequestAccount, context: DeskContext) -> (DeskState?, DeskDecision) {
        func refuse(_ invalid: DeskInvalid) -> (DeskState?, DeskDecision) {
            (nil, .refused(.invalid(invalid), id: context.commandId))
        }
        precondition(DeskRules.known.contains(context.rulesVersion), "rules of an unknown version")
        guard context.now <= DeskBounds.latest else { return refuse(.time) }
        guard isSubDomain(command.subDomain) else { return refuse(.subDomain) }
        if let problem = command.settings.problem { return refuse(problem) }
        let row = DeskRow(
            tenant: context.tenant, subDomain: command.subDomain, status: .requested, settings: command.settings,
            notBefore: DeskTime(minute: context.now.minute))
        var decision = DeskDecision(
            id: context.commandId, outcome: .accountRequested(subDomain: command.subDomain))
        decision.writes = [.insertDesk(row)]
        decision.effects = [.createDatabase(subDomain: command.subDomain)]
        return (DeskState(row, time: context.now), decision)
    }

    /// The effect is done at least once, so this may be told more than once: the first word counts.
    mutating func decideReady(_ store: DeskName, _ context: DeskContext) -> DeskDecision {
        if let first = row.store { return DeskDecision(id: context.commandId, outcome: .accountReady(store: first)) }
        guard (1...DeskBounds.nameBytes).contains(store.text.utf8.count) else {
            return refuse(.invalid(.store), context)
        }
        row.store = store
        row.status = .active
        var decision = DeskDecision(id: context.commandId, outcome: .accountReady(store: store))
        decision.writes = [.updateDesk(row)]
        return decision
    }

    /// One label of a domain name, in small letters.
    public static func isSubDomain(_ name: DeskName) -> Bool {
        let bytes = name.text.utf8
        guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
