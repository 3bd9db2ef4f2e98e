/// Makes a desk's state from its rows. It believes nothing: rows that contradict each other are an error, never a trap.
///
///     var loader = try DeskLoader(desk, at: now)
///     for row in rows { try loader.add(row) }
///     let state = try loader.finish()
///
/// Tickets come in any order. Those that ended over `DeskBounds.rememberedSeconds` before `now`, and lapsed slots, may
/// be left out.
public struct DeskLoader {
    private var state: DeskState
    private var ended: [Slot] = []

    /// `time` is that of the newest decision that the rows contain, or later.
    public init(_ desk: DeskRow, at time: DeskTime) throws(DeskLoadError) {
        guard desk.settings.problem == nil, DeskState.isSubDomain(desk.subDomain),
            (desk.store == nil) == (desk.status == .requested), Self.isTime(time), Self.isTime(desk.notBefore),
            desk.notBefore.minute <= time.minute + 1
        else { throw DeskLoadError(.impossible, in: "desk") }
        state = DeskState(desk, time: time)
    }

    public mutating func add(_ row: TicketRow) throws(DeskLoadError) {
        if row.status == .lapsed { return }
        guard state.tickets.slot(of: row.id) == nil else { throw DeskLoadError(.twice, in: "ticket") }
        guard isPossible(row) else { throw DeskLoadError(.impossible, in: "ticket") }
        let slot = state.tickets.insert(Ticket(row: row))
        switch row.status {
        case .held, .open: state.enqueue(slot)
        case .working:
            guard let agent = row.agent, let end = row.endsAt?.minute,
                !state.working.entries.contains(where: { $0.tie == agent })
            else { throw DeskLoadError(.twice, in: "ticket") }
            state.idle.remove(agent)
            state.working.set(slot, at: Int64(end), tie: agent)
            state.plan.occupy(until: end)
        case .resolved, .cancelled, .lapsed: ended.append(slot)
        }
    }

    public consuming func finish() throws(DeskLoadError) -> DeskState {
        let order = ended.sorted {
            let (left, right) = (state.tickets[$0].row, state.tickets[$1].row)
            let (first, second) = (left.endsAt ?? left.createdAt, right.endsAt ?? right.createdAt)
            return first == second ? left.id < right.id : first < second
        }
        for slot in order { state.forgettable.append(slot) }
        return state
    }

    private func isPossible(_ row: TicketRow) -> Bool {
        let times = [row.createdAt, row.resolveBy, row.startsAt, row.openedAt ?? row.createdAt]
        guard times.allSatisfy(Self.isTime), Self.isTime(row.endsAt ?? row.createdAt),
            (1...DeskBounds.nameBytes).contains(row.kind.text.utf8.count), row.createdAt <= state.time,
            row.createdAt < row.resolveBy, row.createdAt < row.startsAt, row.startsAt < row.resolveBy,
            row.resolveBy <= row.createdAt.adding(minutes: DeskBounds.limitMinutes),
            (row.openedAt ?? row.createdAt) >= row.createdAt, (row.openedAt ?? row.createdAt) <= state.time,
            row.agent.map({ (0..<DeskBounds.agents).contains($0) }) ?? true
        else { return false }
        let end = DeskTime(minute: row.startsAt.minute)
        guard end == row.startsAt else { return false }
        switch row.status {
        case .held:
            guard let until = row.endsAt, row.openedAt == nil, row.agent == nil else { return false }
            return until > row.createdAt && until <= row.startsAt
        case .open: return row.openedAt != nil && row.endsAt == nil && row.agent == nil
        case .working:
            guard let end = row.endsAt, row.openedAt != nil, row.agent != nil else { return false }
            return end > row.startsAt && end == DeskTime(minute: end.minute)
                && end <= row.startsAt.adding(minutes: DeskBounds.minutesPerTicket)
        case .resolved, .cancelled: return row.endsAt != nil && row.openedAt != nil
        case .lapsed: return true
        }
    }

    private static func isTime(_ time: DeskTime) -> Bool {
        // A limit, and work, may end a little after the latest time of a decision.
        (0...DeskBounds.latest.adding(minutes: 2 * DeskBounds.limitMinutes).microseconds).contains(time.microseconds)
    }
}
