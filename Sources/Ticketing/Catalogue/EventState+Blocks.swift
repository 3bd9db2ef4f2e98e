extension EventState {
    /// Takes places off sale, all or none. Those that are blocked already stay so; held or sold ones forbid it.
    mutating func decideBlock(_ show: ShowNumber, _ seats: [SeatName], _ context: Context) -> Decision {
        changeBlocks(show, seats, context) { places, place in
            places.isFree(place) || places.isBlocked(place)
        } apply: { state, show, places, decision in
            let new = PlaceList(places.filter { state.shows[show].places.isFree($0) })
            for place in new { state.shows[show].places.block(place) }
            decision.outcome = .blocked(show + 1, new)
            guard !new.isEmpty else { return }
            let claims = Claims(show: show + 1, places: new, holder: nil, kind: .blocked)
            decision.writes.append(.insertClaims(claims))
            state.note(.places(new, from: .free, to: .blocked), show: show, in: &decision)
            state.reconsider(new, show: show)
        }
    }

    /// Puts places back on sale. Those that were not blocked stay as they are.
    mutating func decideUnblock(_ show: ShowNumber, _ seats: [SeatName], _ context: Context) -> Decision {
        changeBlocks(show, seats, context) { places, place in
            places.isFree(place) || places.isBlocked(place)
        } apply: { state, show, places, decision in
            let old = PlaceList(places.filter { state.shows[show].places.isBlocked($0) })
            for place in old { state.shows[show].places.unblock(place) }
            decision.outcome = .unblocked(show + 1, old)
            guard !old.isEmpty else { return }
            let claims = Claims(show: show + 1, places: old, holder: nil, kind: .blocked)
            decision.writes.append(.deleteClaims(claims))
            state.note(.places(old, from: .blocked, to: .free), show: show, in: &decision)
            state.reconsider(old, show: show)
        }
    }

    private mutating func changeBlocks(
        _ number: ShowNumber, _ seats: [SeatName], _ context: Context,
        allows: (PlaceMap, UInt32) -> Bool,
        apply: (inout EventState, Int, PlaceList, inout Decision) -> Void
    ) -> Decision {
        guard let show = position(of: number) else { return refuse(.noSuchShow, context) }
        if status == .cancelled { return refuse(.eventCancelled, context) }
        if shows[show].status == .cancelled { return refuse(.showCancelled, context) }
        guard seats.count >= 1, seats.count <= Bounds.placesPerBlock else {
            return refuse(.invalid(.seats), context)
        }
        let places: PlaceList
        switch resolve(seats, show: show) {
        case .success(let found): places = found
        case .failure(let refused): return refuse(refused.refusal, context)
        }
        let taken = seats.filter { seat in
            shows[show].layout.place(named: seat).map { !allows(shows[show].places, $0) } ?? true
        }
        guard taken.isEmpty else { return refuse(.seatsUnavailable(taken), context) }
        var decision = Decision(id: context.commandId, outcome: .refused(.seatsUnavailable([])))
        apply(&self, show, places, &decision)
        return decision
    }
}
