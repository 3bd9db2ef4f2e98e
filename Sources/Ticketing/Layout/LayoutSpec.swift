/// A row of a section: its seats are named 1, 2, 3 …
public struct RowSpec: Hashable, Sendable {
    public var name: Label
    public var seats: Int

    public init(name: Label, seats: Int) {
        self.name = name
        self.seats = seats
    }
}

/// A part of a venue whose places have one price. Sections are given better first, and so are their rows.
public struct SectionSpec: Hashable, Sendable {
    public enum Seating: Hashable, Sendable {
        case rows([RowSpec])
        /// General admission: places have numbers, but no neighbours.
        case general(capacity: Int)
    }

    public var name: Label
    public var tier: Label
    public var seating: Seating

    public init(name: Label, tier: Label, seating: Seating) {
        self.name = name
        self.tier = tier
        self.seating = seating
    }

    public init(name: Label, tier: Label, rows: [RowSpec]) {
        self.init(name: name, tier: tier, seating: .rows(rows))
    }

    public init(name: Label, tier: Label, capacity: Int) {
        self.init(name: name, tier: tier, seating: .general(capacity: capacity))
    }
}
