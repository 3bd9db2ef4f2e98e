extension EventState {
    /// No more sales from here on. What was held and sold is unwound in steps: see `fallDue`.
    mutating func decideCancelEvent(_ context: Context) -> Decision {
        let open = shows.indices.filter { shows[$0].status == .active }
        var decision = Decision(
            id: context.commandId, outcome: .eventCancelled(cancellation(of: Array(shows.indices))))
        guard status == .active else { return decision }
        status = .cancelled
        decision.writes.append(.updateEvent(row))
        for show in open { cancel(show, &decision) }
        return decision
    }

    /// Done again, it says what is still to be unwound.
    mutating func decideCancelShow(_ number: ShowNumber, _ context: Context) -> Decision {
        guard let show = position(of: number) else { return refuse(.noSuchShow, context) }
        var decision = Decision(
            id: context.commandId, outcome: .showCancelled(number, cancellation(of: [show])))
        if shows[show].status == .active { cancel(show, &decision) }
        return decision
    }

    private func cancellation(of shows: [Int]) -> Cancellation {
        Cancellation(
            bookings: shows.reduce(0) { $0 + self.shows[$1].bookings },
            refunds: Money(shows.reduce(0) { $0 + self.shows[$1].refundable }, currency))
    }

    private mutating func cancel(_ show: Int, _ decision: inout Decision) {
        shows[show].status = .cancelled
        shows[show].unwindFrom = 1
        unwinding.append(show)
        unwinding.sort()
        for tier in shows[show].lines.indices { reconsider(show, tier) }
        decision.writes.append(.updateShow(shows[show].row))
        note(.cancelled, show: show, in: &decision)
    }
}
