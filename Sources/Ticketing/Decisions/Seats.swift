/// Places with their names, tiers and prices: looked up when they are read, so that a decision carries no text.
public struct Seats: Hashable, Sendable, RandomAccessCollection {
    public struct Seat: Hashable, Sendable {
        public let name: SeatName
        public let tier: Label
        public let price: Int64
    }

    public let places: PlaceList
    let layout: Layout
    let terms: Terms

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(position: Int) -> Seat {
        let place = places[position]
        let tier = layout.tier(of: place)
        return Seat(name: layout.name(of: place), tier: terms.tiers[tier].name, price: terms.tiers[tier].price)
    }

    public static func == (left: Seats, right: Seats) -> Bool {
        left.places == right.places && left.elementsEqual(right)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(places) }
}
