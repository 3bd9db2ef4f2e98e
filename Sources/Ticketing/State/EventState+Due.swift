extension EventState {
    /// The earliest time at which something falls due; `time` where something is due at once.
    public var nextDue: Time? {
        var next = unwinding.isEmpty ? nil : Optional(time)
        if let hold = holdsDue.first?.time { next = min(next ?? hold, hold) }
        if let line = linesReady.first?.time ?? linesDue.first?.time { next = min(next ?? line, line) }
        return next.map { max($0, time) }
    }

    /// Whether something has to be decided before a command of that time is.
    public func isBehind(at now: Time) -> Bool {
        if let hold = holdsDue.first, hold.time <= now { return true }
        if let line = linesDue.first, line.time <= now { return true }
        return linesReady.first != nil
    }

    /// Lets happen what is due: holds end, then freed places are offered to those who wait, then cancelled shows are
    /// unwound by a step of at most `Bounds.unwoundPerDecision`. Each is a decision of its own, and the arrears' budget
    /// bounds them. Commands need not wait for the unwinding: a cancelled show refuses them at once.
    public mutating func fallDue(through now: Time, arrears: inout Arrears) {
        settle(through: now, arrears: &arrears)
        forget()
        while arrears.budget > 0, !isBehind(at: now), let show = unwinding.first {
            let step = unwindStep(show, atMost: min(arrears.budget, Bounds.unwoundPerDecision), at: now, arrears.nextId)
            arrears.add(step.decision, cost: step.cost)
        }
    }

    mutating func settle(through now: Time, arrears: inout Arrears) {
        precondition(now >= time, "time went back")
        precondition(Rules.known.contains(arrears.rulesVersion), "rules of an unknown version")
        time = now
        while let line = linesDue.first, line.time <= now {
            linesDue.remove(line.slot)
            linesReady.set(line.slot, due: .always, tie: line.slot)
        }
        while arrears.budget > 0 {
            if let hold = holdsDue.first, hold.time <= now {
                arrears.add(decideHoldEnd(hold.slot, at: now, arrears.nextId))
            } else if let line = linesReady.first {
                if let decision = decideLine(line.slot, at: now, arrears.nextId) { arrears.add(decision) }
            } else {
                return
            }
        }
    }
}
