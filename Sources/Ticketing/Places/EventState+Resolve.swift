extension EventState {
    /// The places that are named. All must exist, and none may be named twice.
    func resolve(_ seats: [SeatName], show: Int) throws(Refusal) -> PlaceList {
        var places: [UInt32] = []
        places.reserveCapacity(seats.count)
        for seat in seats {
            guard let place = shows[show].layout.place(named: seat) else { throw .noSuchSeat(seat) }
            places.append(place)
        }
        places.sort()
        for (place, next) in zip(places, places.dropFirst()) where place == next { throw .invalid(.seatTwice) }
        return PlaceList(places)
    }

    /// Those of the named places that are not free, in the order in which they were named.
    func unavailable(_ seats: [SeatName], show: Int) -> [SeatName] {
        seats.filter { seat in
            shows[show].layout.place(named: seat).map { !shows[show].places.isFree($0) } ?? true
        }
    }

    func total(of places: PlaceList, show: Int, terms: Terms) -> Int64 {
        let layout = shows[show].layout
        return places.reduce(0) { $0 + terms.tiers[layout.tier(of: $1)].price }
    }
}
