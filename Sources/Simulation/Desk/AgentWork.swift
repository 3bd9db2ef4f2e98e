internal import Desk

/// Follows the decisions about one desk by what they say alone: which agent worked on what in which minutes, and what
/// had been promised.
struct AgentWork {
    private var settings = DeskSettings()
    private var promises: [DeskTicketId: Promised] = [:]
    private var held: [DeskTicketId: Promised] = [:]
    /// By agent, the first minute that is free again.
    private var freeFrom: [Int: Int] = [:]
    private var working: [DeskTicketId: Int] = [:]

    /// - Returns: what must not be.
    mutating func follow(_ decision: DeskDecision, at now: DeskTime) -> [String] {
        var found: [String] = []
        for case .notify(.limitInDanger, let tickets) in decision.effects {
            found.append("the limits of \(tickets.count) tickets are in danger")
        }
        switch decision.outcome {
        case .created(let promised):
            found += check(promised, at: now)
            promises[promised.ticket] = promised
        case .softAssigned(let promised, let heldUntil):
            found += check(promised, at: now)
            if promised.startsAt < heldUntil { found.append("a kept slot begins before it lapses") }
            held[promised.ticket] = promised
        case .allocated(let promised):
            if promised.resolveBy != held[promised.ticket]?.resolveBy {
                found.append("a slot is taken with another limit than it was kept with")
            }
            promises[promised.ticket] = promised
        case .minuteBegan(let minute): found += follow(minute)
        case .cancelled(let id), .resolved(let id): end(id, at: now)
        default: break
        }
        for write in decision.writes {
            switch write {
            case .insertDesk(let row), .updateDesk(let row): settings = row.settings
            case .insertTicket, .updateTicket: break
            }
        }
        return found
    }

    private func check(_ promised: Promised, at now: DeskTime) -> [String] {
        var found: [String] = []
        let end = promised.startsAt.microseconds + Int64(settings.minutesPerTicket) * 60_000_000
        if promised.startsAt <= now || end > promised.resolveBy.microseconds {
            found.append("a slot that is promised lies outside its limit")
        }
        let minutes = settings.classes.first { $0.name == promised.kind }?.minutes ?? 0
        if promised.resolveBy.microseconds != now.microseconds + Int64(minutes) * 60_000_000 {
            found.append("a limit is not its class's")
        }
        return found
    }

    private mutating func follow(_ minute: MinuteBegan) -> [String] {
        var found: [String] = []
        let begins = Int(minute.at.microseconds / 60_000_000)
        for id in minute.resolved { working[id] = nil }
        for work in minute.began {
            let end = begins + settings.minutesPerTicket
            if work.agent >= settings.agents { found.append("agent \(work.agent) is beyond the last") }
            if let free = freeFrom[work.agent], free > begins {
                found.append("agent \(work.agent) begins something before minute \(free)")
            }
            guard let promised = promises[work.ticket] else {
                found.append("work begins on what is no ticket")
                continue
            }
            if Int64(end) * 60_000_000 > promised.resolveBy.microseconds {
                found.append("work ends after the limit of its ticket")
            }
            if working.updateValue(work.agent, forKey: work.ticket) != nil {
                found.append("work on a ticket begins twice")
            }
            freeFrom[work.agent] = end
        }
        return found
    }

    /// What had not begun of its minutes is free again.
    private mutating func end(_ id: DeskTicketId, at now: DeskTime) {
        guard let agent = working.removeValue(forKey: id), let free = freeFrom[agent] else { return }
        freeFrom[agent] = min(free, Int(now.microseconds / 60_000_000) + 1)
    }
}
