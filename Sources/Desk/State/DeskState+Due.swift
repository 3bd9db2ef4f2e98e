extension DeskState {
    /// The earliest time at which something falls due; `time` where something is due at once.
    public var nextDue: DeskTime? { nextEvent.map { max($0, time) } }

    /// Whether something has to be decided before a command of that time is.
    public func isBehind(at now: DeskTime) -> Bool { nextEvent.map { $0 <= now } ?? false }

    /// Lets happen what is due: kept slots lapse, work ends, work begins, in the order of their times, each minute as
    /// if somebody had looked when it began. The arrears' budget bounds it.
    public mutating func fallDue(through now: DeskTime, arrears: inout DeskArrears) {
        settle(through: now, arrears: &arrears)
        forget()
    }

    mutating func settle(through now: DeskTime, arrears: inout DeskArrears) {
        precondition(now >= time, "time went back")
        precondition(DeskRules.known.contains(arrears.rulesVersion), "rules of an unknown version")
        time = now
        while arrears.budget > 0, let next = nextEvent, next <= now {
            let most = min(arrears.budget, DeskBounds.ticketsPerDecision)
            if let lapse = holds.first, lapse.at <= next.microseconds {
                // Minutes that begin later may need what lapses later.
                let until = nextChange.map { min(now, DeskTime(minute: $0)) } ?? now
                let decision = decideLapse(through: until, atMost: most, arrears.nextId)
                arrears.add(decision, cost: decision.rowCount)
            } else if let minute = nextChange {
                let decided = decideMinute(minute, atMost: most, arrears.nextId)
                arrears.add(decided.decision, cost: decided.cost)
            }
        }
        // While something is due, nothing new is planned, and what is planned has its minutes.
        if !isBehind(at: now) { plan.advance(to: nextMinute) }
    }

    private var nextEvent: DeskTime? {
        let lapse = holds.first.map { DeskTime(microseconds: $0.at) }
        guard let minute = nextChange.map({ DeskTime(minute: $0) }) else { return lapse }
        return lapse.map { min($0, minute) } ?? minute
    }

    /// The minute in which work ends or begins next. It follows from the rows alone: whoever loads them later finds the
    /// same.
    private var nextChange: Int? {
        let end = working.first.map { Int($0.at) }
        guard let begin = nextBegin else { return end }
        return end.map { min($0, begin) } ?? begin
    }

    private var nextBegin: Int? {
        guard let first = waiting.first else { return nil }
        if settings.placement == .earliest { return Int(first.at) }
        // Without an idle agent the next work begins when some ends.
        guard !idle.isEmpty else { return nil }
        // With one, all that wait are waiting for the same minute, or had to leave it unfinished.
        return max(row.notBefore.minute, tickets[first.slot].release)
    }

    private mutating func decideLapse(through end: DeskTime, atMost most: Int, _ id: DeskCommandId) -> DeskDecision {
        var lapsed: [DeskSlotId] = []
        var decision = DeskDecision(id: id, outcome: .slotsLapsed([]))
        while lapsed.count < most, let hold = holds.first, hold.at <= end.microseconds {
            var row = tickets[hold.slot].row
            withdraw(hold.slot)
            tickets.remove(hold.slot)
            row.status = .lapsed
            lapsed.append(DeskSlotId(row.id))
            decision.writes.append(.updateTicket(row))
        }
        decision.outcome = .slotsLapsed(lapsed)
        return decision
    }

    private mutating func decideMinute(
        _ minute: Int, atMost most: Int, _ id: DeskCommandId
    ) -> (decision: DeskDecision, cost: Int) {
        let at = DeskTime(minute: minute)
        var writes: [DeskWrite] = []
        var resolved: [DeskTicketId] = []
        while resolved.count < most, let done = working.first, done.at <= minute {
            giveBack(done.slot)
            finish(done.slot, as: .resolved, at: at)
            resolved.append(tickets[done.slot].id)
            writes.append(.updateTicket(tickets[done.slot].row))
        }
        var began: [MinuteBegan.Work] = []
        var endangered: [DeskTicketId] = []
        // What ends in this minute ends first: its agent may be the one that is needed.
        while resolved.count + began.count < most, let first = waiting.first, canBegin(first, in: minute),
            let agent = idle.first
        {
            let ticket = tickets[first.slot]
            if minute + settings.minutesPerTicket > ticket.deadline { endangered.append(ticket.id) }
            begin(first.slot, agent: agent, minute: minute)
            began.append(MinuteBegan.Work(ticket: ticket.id, agent: agent))
            writes.append(.updateTicket(tickets[first.slot].row))
        }
        row.notBefore = at
        writes.append(.updateDesk(row))
        var decision = DeskDecision(
            id: id, outcome: .minuteBegan(MinuteBegan(at: at, resolved: resolved, began: began)))
        decision.writes = writes
        if !resolved.isEmpty { decision.effects.append(.notify(.resolved, resolved)) }
        if !began.isEmpty { decision.effects.append(.notify(.began, began.map(\.ticket))) }
        if !endangered.isEmpty { decision.effects.append(.notify(.limitInDanger, endangered)) }
        return (decision, resolved.count + began.count)
    }

    private func canBegin(_ entry: DueHeap<Turn>.Entry, in minute: Int) -> Bool {
        settings.placement == .earliest ? entry.at <= minute : tickets[entry.slot].release <= minute
    }
}
