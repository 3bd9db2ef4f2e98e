/// One tenant's desk with everything that was decided about it. A command goes in with its time, a decision comes out,
/// and the state has changed accordingly: nothing else is read and nothing else happens.
///
/// Time is divided into minutes, and an agent's minute is a unit slot. A ticket's work takes `minutesPerTicket` minutes
/// in a row of one agent, begins in no minute that had begun when the promise was made, and ends by `resolveBy`. Which
/// agent does it is settled when its minute begins: the tickets that begin then, in their order, get the agents that
/// have no work, lowest number first. So before that, counts by the minute say all there is to know, and a decision
/// costs the same whether a ticket or a hundred share a minute.
///
/// The same commands with the same times lead to the same decisions in every process: no answer depends on a hash
/// order, a slot or a clock.
public struct DeskState: Sendable {
    public let tenant: DeskTenantId
    public internal(set) var row: DeskRow
    /// The time of the newest decision.
    public internal(set) var time: DeskTime

    var tickets = Tickets()
    /// Tickets that no agent works on yet, in the order in which agents turn to them: by their start where that is
    /// fixed, else by the end of their limit.
    var waiting = DueHeap<Turn>()
    /// Kept slots by when they lapse.
    var holds = DueHeap<Turn>()
    /// What agents work on, by when they are done.
    var working = DueHeap<Int>()
    /// Agents without work.
    var idle: AgentSet

    var plan: Plan
    var forgettable = Fifo<Slot>()

    init(_ row: DeskRow, time: DeskTime) {
        tenant = row.tenant
        self.row = row
        self.time = time
        idle = AgentSet(below: row.settings.agents)
        plan = Plan(row.settings, from: time.minute + 1)
    }

    public var settings: DeskSettings { row.settings }

    /// Decides a command, after everything that is due by then; that is added to `arrears`.
    ///
    /// nil when the arrears' budget is used up: the command waits for the next batch, and nothing was decided about it.
    public mutating func decide(
        _ command: DeskCommand, context: DeskContext, arrears: inout DeskArrears
    ) -> DeskDecision? {
        precondition(context.rulesVersion == arrears.rulesVersion, "one batch, one version of the rules")
        settle(through: context.now, arrears: &arrears)
        guard !isBehind(at: context.now) else { return nil }
        forget()
        guard context.tenant == tenant else { return refuse(.noSuchAccount, context) }
        guard context.now <= DeskBounds.latest else { return refuse(.invalid(.time), context) }
        if case .accountReady(let store) = command { return decideReady(store, context) }
        guard row.status == .active else { return refuse(.accountNotReady, context) }
        switch command {
        case .accountReady(let store): return decideReady(store, context)
        case .setSettings(let settings): return decide(settings, context)
        case .createTicket(let kind): return decideCreate(kind, context)
        case .validateEta(let kind): return decideValidate(kind, context)
        case .allocateSlot(let slot, let kind): return decideAllocate(slot, kind, context)
        case .cancel(let id): return decideCancel(id, context)
        case .resolve(let id): return decideResolve(id, context)
        }
    }

    func refuse(_ refusal: DeskRefusal, _ context: DeskContext) -> DeskDecision {
        DeskDecision(id: context.commandId, outcome: .refused(refusal))
    }

    /// The first minute that has not begun.
    var nextMinute: Int { time.minute + 1 }
}
