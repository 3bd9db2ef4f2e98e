extension DeskState {
    /// Promises made stand under the new settings, or these are refused. Limits count for what is promised from now on;
    /// minutes per ticket for all work that has not begun. What has begun keeps its minutes and its agent.
    mutating func decide(_ wanted: DeskSettings, _ context: DeskContext) -> DeskDecision {
        if let problem = wanted.problem { return refuse(.invalid(problem), context) }
        guard let (changed, writes) = under(wanted) else { return refuse(.promisesOutstanding, context) }
        self = changed
        var decision = DeskDecision(id: context.commandId, outcome: .settingsChanged)
        decision.writes = [.updateDesk(row)] + writes
        return decision
    }

    /// The desk as it would be, with the tickets that are written anew; nil if a promise would break.
    private func under(_ wanted: DeskSettings) -> (DeskState, [DeskWrite])? {
        // An agent who is in the middle of something stays until it is done.
        guard !working.entries.contains(where: { $0.tie >= wanted.agents && $0.at > nextMinute }) else { return nil }
        var changed = self
        changed.row.settings = wanted
        changed.row.notBefore = DeskTime(minute: nextMinute)
        changed.plan = Plan(wanted, from: nextMinute)
        changed.idle = AgentSet(below: wanted.agents)
        for entry in working.entries {
            changed.idle.remove(entry.tie)
            changed.plan.occupy(until: Int(entry.at))
        }
        let queued = waiting.entries.map(\.slot) + holds.entries.map(\.slot)
        var writes: [DeskWrite] = []
        if wanted.placement == .earliest, settings.placement == .deadline {
            // From now on slots do not move, so each gets one, and that is written.
            guard queued.count < DeskBounds.rowsPerDecision else { return nil }
            for (slot, start) in schedule(queued, wanted) where tickets[slot].start != start {
                changed.tickets.change(slot) { $0.row.startsAt = DeskTime(minute: start) }
                writes.append(.updateTicket(changed.tickets[slot].row))
            }
        }
        for slot in queued {
            let ticket = changed.tickets[slot]
            if wanted.placement == .earliest, ticket.start + wanted.minutesPerTicket > ticket.deadline { return nil }
            changed.enqueue(slot)
        }
        return changed.plan.isFeasible ? (changed, writes) : nil
    }

    /// When each would begin if agents turned to the one whose limit ends first and none of them rested.
    private func schedule(_ slots: [Slot], _ wanted: DeskSettings) -> [(Slot, Int)] {
        var rest = slots.sorted {
            let (left, right) = (tickets[$0], tickets[$1])
            return left.deadline == right.deadline ? left.turn < right.turn : left.deadline < right.deadline
        }
        var minute = nextMinute
        var free = wanted.agents
        var returning = Window(from: minute)
        for entry in working.entries where entry.tie < wanted.agents && entry.at > minute {
            free -= 1
            returning.add(1, at: Int(entry.at))
        }
        var starts: [(Slot, Int)] = []
        while !rest.isEmpty {
            free += returning[minute]
            while free > 0, let next = rest.firstIndex(where: { tickets[$0].release <= minute }) {
                starts.append((rest.remove(at: next), minute))
                free -= 1
                returning.add(1, at: minute + wanted.minutesPerTicket)
            }
            minute += 1
        }
        return starts
    }
}
