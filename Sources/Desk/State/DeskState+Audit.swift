extension DeskState {
    /// Everything that is kept for speed, worked out again from scratch, and every promise: what does not agree, in
    /// words. Empty is right. It costs what the desk holds; meant for tests, the simulator and operators.
    public func audit() -> [String] {
        var found: [String] = []
        var again = Plan(settings, from: plan.base)
        var counts = (waiting: 0, held: 0, working: 0)
        var busy = AgentSet()
        for slot in tickets.sortedSlots {
            let ticket = tickets[slot]
            switch ticket.row.status {
            case .held, .open:
                let isHeld = ticket.row.status == .held
                if isHeld { counts.held += 1 } else { counts.waiting += 1 }
                if holds.contains(slot) != isHeld || waiting.contains(slot) == isHeld {
                    found.append("where a waiting ticket is")
                }
                again.add(ticket, isHeld: isHeld)
                if settings.placement == .earliest, ticket.start + settings.minutesPerTicket > ticket.deadline {
                    found.append("a slot that ends after its limit")
                }
            case .working:
                counts.working += 1
                guard let agent = ticket.row.agent, let end = ticket.row.endsAt?.minute else {
                    found.append("work without an agent")
                    continue
                }
                if busy.contains(agent) { found.append("agent \(agent) works on two tickets") }
                busy.insert(agent)
                if idle.contains(agent) { found.append("agent \(agent) is idle and works") }
                if end > ticket.deadline { found.append("work that ends after its limit") }
                again.occupy(until: end)
            case .resolved, .cancelled, .lapsed: continue
            }
        }
        if counts != (waiting.count, holds.count, working.count) { found.append("how many wait or are worked on") }
        for agent in 0..<settings.agents where idle.contains(agent) == busy.contains(agent) {
            found.append("whether agent \(agent) is idle")
        }
        if !plan.hasCounts(of: again) { found.append("the counts of the plan") }
        if !plan.isFeasible { found.append("a promise cannot be kept") }
        return found
    }
}

extension Plan {
    func hasCounts(of other: Plan) -> Bool {
        func agree(_ left: Window, _ right: Window) -> Bool {
            left.base == right.base && left.end == right.end
                && (left.base..<left.end).allSatisfy { left[$0] == right[$0] }
        }
        return agree(taken, other.taken) && agree(due, other.due) && agree(ends, other.ends)
            && later.map(\.minute) == other.later.map(\.minute)
            && zip(later, other.later).allSatisfy { agree($0.due, $1.due) }
            && place(from: base, deadline: base).start == other.place(from: base, deadline: base).start
    }
}
