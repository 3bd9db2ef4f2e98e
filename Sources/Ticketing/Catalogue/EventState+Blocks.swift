extension EventState {
    /// Takes places off sale, all or none. Those that are blocked already stay so; held or sold ones forbid it.
    mutating func decideBlock(_ number: ShowNumber, _ seats: [SeatName], _ context: Context) -> Decision {
        do throws(Refusal) {
            let (show, places) = try blockable(number, seats)
            let new = PlaceList(places.filter { shows[show].places.isFree($0) })
            for place in new { shows[show].places.block(place) }
            var decision = Decision(id: context.commandId, outcome: .blocked(number, new))
            guard !new.isEmpty else { return decision }
            decision.writes.append(
                .insertClaims(Claims(show: number, places: new, holder: nil, kind: .blocked)))
            note(.places(new, from: .free, to: .blocked), show: show, in: &decision)
            reconsider(new, show: show)
            return decision
        } catch {
            return refuse(error, context)
        }
    }

    /// Puts places back on sale. Those that were not blocked stay as they are.
    mutating func decideUnblock(_ number: ShowNumber, _ seats: [SeatName], _ context: Context) -> Decision {
        do throws(Refusal) {
            let (show, places) = try blockable(number, seats)
            let old = PlaceList(places.filter { shows[show].places.isBlocked($0) })
            for place in old { shows[show].places.unblock(place) }
            var decision = Decision(id: context.commandId, outcome: .unblocked(number, old))
            guard !old.isEmpty else { return decision }
            decision.writes.append(
                .deleteClaims(Claims(show: number, places: old, holder: nil, kind: .blocked)))
            note(.places(old, from: .blocked, to: .free), show: show, in: &decision)
            reconsider(old, show: show)
            return decision
        } catch {
            return refuse(error, context)
        }
    }

    /// The places, if no buyer has any of them.
    private func blockable(
        _ number: ShowNumber, _ seats: [SeatName]
    ) throws(Refusal) -> (show: Int, places: PlaceList) {
        guard let show = position(of: number) else { throw .noSuchShow }
        if status == .cancelled { throw .eventCancelled }
        if shows[show].status == .cancelled { throw .showCancelled }
        guard seats.count >= 1, seats.count <= Bounds.placesPerBlock else { throw .invalid(.seats) }
        let places = try resolve(seats, show: show)
        let taken = places.contains { shows[show].places.holder(of: $0) != nil }
        guard !taken else {
            throw .seatsUnavailable(
                seats.filter { seat in
                    shows[show].layout.place(named: seat).flatMap { shows[show].places.holder(of: $0) } != nil
                })
        }
        return (show, places)
    }
}
