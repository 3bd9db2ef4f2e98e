// Admission by the end of limits. All work takes the same time L, and agents turn to whichever waiting ticket's limit
// ends first. Let C(E) be how many pieces of work the agents can end before minute E if none of them rests: the sum of
// ⌊(E - a) / L⌋ over agents, of which each has no other work from its minute a on.
//
// 1. Everything that waits may begin at once. All promises can be kept just if, for each E, no more than C(E) limits
//    end by E. More cannot be done in any way; and if agents do not rest, the nth piece of work ends when C reaches n.
//    So this is exact, for any L.
// 2. Kept slots begin later, since their holders have until then to take them: nobody may lose a slot before
//    `heldUntil`, and nothing else may need it by then. For each minute a > now in which kept slots could begin at the
//    earliest, those that begin no earlier and whose limits end by E must be no more than
//    agents × ⌊(E - a - (L - 1)) / L⌋: at worst each agent began something else in the minute before.
//    If a promise were broken, look at the last minute before it in which an agent rested or began work whose limit
//    ends later: what was begun since had not been there, so it is among those of one such a, and filled all agents.
//    With L = 1 this is exact too, since nothing is in the way; with longer work it suffices, but some schedules that
//    plan a rest before a kept slot are not found.
//
// Both stay true as time passes, when work begins in that order, when a slot is taken or lapses, and when anything ends
// early: so a promise made is kept, and the forecast of a start moves only within it.
extension Plan {
    /// The first minute before which one more could be promised to end: not above `deadline` just if it fits.
    func earliestEnd(from release: Int, deadline: Int) -> Int {
        var end = firstFree(total: due.total, last: due.end, deadline: deadline, capacity: capacity) { due[$0] }
        for (index, group) in later.enumerated() where group.minute <= release {
            end = max(end, earliestEnd(after: group.minute, later[index...], deadline))
        }
        if release > base, !later.contains(where: { $0.minute == release }) {
            end = max(end, earliestEnd(after: release, later[...].filter { $0.minute > release }[...], deadline))
        }
        return end
    }

    private func earliestEnd(after minute: Int, _ groups: ArraySlice<Later>, _ deadline: Int) -> Int {
        let total = groups.reduce(0) { $0 + $1.due.total }
        let last = groups.reduce(base) { max($0, $1.due.end) }
        return firstFree(
            total: total, last: last, deadline: deadline, capacity: { capacity($0, after: minute) },
            count: { end in groups.reduce(0) { $0 + $1.due[end] } })
    }

    /// The first end from `deadline` on before which one more can be done, and `deadline` if it can be done by then.
    ///
    /// It looks from the last limit backwards, so that a long limit, which concerns few, costs little.
    @inline(__always)
    private func firstFree(
        total: Int, last: Int, deadline: Int, capacity: (Int) -> Int, count: (Int) -> Int
    ) -> Int {
        var end = max(last - 1, deadline)
        if capacity(end) <= total { return firstEnd(for: total + 1, from: end, capacity) }
        var before = total
        while end > deadline {
            // What ends by the minute before.
            before -= count(end)
            end -= 1
            if capacity(end) <= before { return end + 1 }
        }
        return deadline
    }

    /// When the `number`th piece of work ends.
    private func firstEnd(for number: Int, from first: Int, _ capacity: (Int) -> Int) -> Int {
        var low = first
        var high = max(first, base) + length
        while capacity(high) < number {
            low = high
            high += max(length, high - base)
        }
        while low < high {
            let middle = (low + high) / 2
            if capacity(middle) >= number { high = middle } else { low = middle + 1 }
        }
        return high
    }

    /// When the work on the last of those with that limit begins, as things stand, or on one more.
    func forecast(deadline: Int, more: Int) -> Int {
        var before = due.total
        var end = due.end - 1
        while end > deadline {
            before -= due[end]
            end -= 1
        }
        return firstEnd(for: before + more, from: base, capacity) - length
    }

    /// How many pieces of work can end before `end`.
    func capacity(_ end: Int) -> Int {
        guard end > base else { return 0 }
        if ends.end <= base + 1 { return agents * rounds(end - base) }
        var free = agents
        var sum = 0
        for minute in base + 1..<ends.end {
            let busy = ends[minute]
            free -= busy
            if end > minute { sum += busy * rounds(end - minute) }
        }
        return sum + free * rounds(end - base)
    }

    /// The same for work that cannot begin before `minute`, when others have begun something in the minute before.
    private func capacity(_ end: Int, after minute: Int) -> Int {
        let span = end - minute - (length - 1)
        return span > 0 ? agents * rounds(span) : 0
    }

    @inline(__always)
    private func rounds(_ minutes: Int) -> Int { length == 1 ? minutes : minutes / length }

    var keepsLimits: Bool {
        var sum = 0
        for end in base..<due.end {
            sum += due[end]
            if sum > capacity(end) { return false }
        }
        for index in later.indices {
            let groups = later[index...]
            var sum = 0
            for end in base..<groups.reduce(base, { max($0, $1.due.end) }) {
                sum += groups.reduce(0) { $0 + $1.due[end] }
                if sum > capacity(end, after: later[index].minute) { return false }
            }
        }
        return true
    }
}
