/// Which minutes are promised, as counts: how many, not whose.
///
/// **`earliest`** fixes the minutes of each ticket. Blocks of minutes of which no more than `agents` overlap can always
/// be given to that many agents, one after another as they begin, so the counts of taken minutes are exact whatever
/// `length` is.
///
/// **`deadline`** counts the ends of limits. Agents turn to whichever waiting ticket's limit ends first, and none rests
/// while one waits. See `Plan+Deadline.swift` for what follows from that.
struct Plan: Sendable {
    let placement: DeskPlacement
    let agents: Int
    /// Minutes of work on a ticket.
    let length: Int

    /// `earliest`: agents with work, by the minute.
    private(set) var taken: Window
    /// Every minute before it is full.
    private var openFrom: Int
    /// `deadline`: tickets and kept slots that wait, by the minute before which their work has to end.
    private(set) var due: Window
    /// `deadline`: agents with work, by the minute from which they have none.
    private(set) var ends: Window
    /// `deadline`: of the kept slots in `due`, those that cannot begin at once; the soonest first.
    private(set) var later: [Later] = []

    /// Kept slots that begin no earlier than `minute`.
    struct Later: Sendable {
        let minute: Int
        var due: Window
    }

    /// `minute` is the first that has not begun.
    init(_ settings: DeskSettings, from minute: Int) {
        placement = settings.placement
        agents = settings.agents
        length = settings.minutesPerTicket
        taken = Window(from: minute)
        openFrom = minute
        due = Window(from: minute)
        ends = Window(from: minute)
    }

    /// The first minute that has not begun.
    var base: Int { due.base }

    mutating func advance(to minute: Int) {
        taken.advance(to: minute)
        due.advance(to: minute)
        ends.advance(to: minute)
        openFrom = max(openFrom, minute)
        while let first = later.first, first.minute <= minute { later.removeFirst() }
        for index in later.indices { later[index].due.advance(to: minute) }
    }

    /// A ticket or kept slot that waits.
    mutating func add(_ ticket: Ticket, isHeld: Bool) {
        switch placement {
        case .earliest: take(1, in: ticket.start..<ticket.start + length)
        case .deadline:
            due.add(1, at: ticket.deadline)
            if isHeld { postpone(1, ticket) }
        }
    }

    /// `deadline`: more of those that wait, of which nothing but the end of their limits is known.
    mutating func expect(_ count: Int, by deadline: Int) {
        due.add(count, at: deadline)
    }

    mutating func remove(_ ticket: Ticket, isHeld: Bool) {
        switch placement {
        case .earliest: take(-1, in: ticket.start..<ticket.start + length)
        case .deadline:
            due.add(-1, at: ticket.deadline)
            if isHeld { postpone(-1, ticket) }
        }
    }

    /// A kept slot becomes a ticket, which may begin at once.
    mutating func open(_ held: Ticket) {
        if placement == .deadline { postpone(-1, held) }
    }

    /// The work on what waited begins.
    mutating func begin(_ ticket: Ticket, until end: Int) {
        guard placement == .deadline else { return }
        due.add(-1, at: ticket.deadline)
        ends.add(1, at: end)
    }

    /// An agent that would have had work until `end` has none from `minute` on.
    mutating func end(until end: Int, from minute: Int) {
        switch placement {
        case .earliest: if minute < end { take(-1, in: minute..<end) }
        case .deadline: ends.add(-1, at: end)
        }
    }

    /// An agent has work until `end`, whoever planned it.
    mutating func occupy(until end: Int) {
        switch placement {
        case .earliest: if base < end { take(1, in: base..<end) }
        case .deadline: ends.add(1, at: end)
        }
    }

    private mutating func take(_ count: Int, in minutes: Range<Int>) {
        taken.add(count, in: minutes)
        if count < 0 { openFrom = max(base, min(openFrom, minutes.lowerBound)) }
        while taken[openFrom] >= agents { openFrom += 1 }
    }

    private mutating func postpone(_ count: Int, _ ticket: Ticket) {
        let release = ticket.release
        // What may begin at once is like any other.
        guard release > base else { return }
        let index = later.firstIndex { $0.minute >= release } ?? later.count
        if index == later.count || later[index].minute != release {
            later.insert(Later(minute: release, due: Window(from: base)), at: index)
        }
        later[index].due.add(count, at: ticket.deadline)
        if later[index].due.total == 0 { later.remove(at: index) }
    }

    /// Where one more fits.
    struct Place: Sendable {
        let start: Int
        let fits: Bool
    }

    /// The place of one more whose work begins no earlier than in `release` and ends before `deadline`; where it does
    /// not fit, the first start that could be promised if the limit were longer.
    func place(from release: Int, deadline: Int) -> Place {
        switch placement {
        case .earliest:
            let start = firstRun(from: max(release, openFrom))
            return Place(start: start, fits: start + length <= deadline)
        case .deadline:
            let end = earliestEnd(from: release, deadline: deadline)
            guard end <= deadline else { return Place(start: max(release, end - length), fits: false) }
            let start = forecast(deadline: deadline, more: 1)
            return Place(start: max(release, min(start, deadline - length)), fits: true)
        }
    }

    private func firstRun(from first: Int) -> Int {
        var minute = first
        var run = 0
        while run < length {
            run = taken[minute] < agents ? run + 1 : 0
            minute += 1
        }
        return minute - length
    }

    /// Whether every promise can be kept.
    var isFeasible: Bool {
        switch placement {
        case .earliest: (taken.base..<taken.end).allSatisfy { taken[$0] <= agents }
        case .deadline: keepsLimits
        }
    }
}
