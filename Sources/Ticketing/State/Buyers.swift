/// The buyers of one show, with what counts against their limit. Who has nothing left is forgotten.
struct Buyers: Sendable {
    struct Buyer: Keyed, Sendable {
        let name: Label
        /// Places held or bought.
        var places: Int32 = 0
        /// Records that name this buyer: reservations and waitlist entries, ended ones too.
        var uses: Int32 = 0
        /// Live waitlist entries.
        var entries: [Slot] = []

        var key: Label { name }
    }

    private(set) var table = Table<Buyer>()

    subscript(slot: Slot) -> Buyer {
        _read { yield table[slot] }
        _modify { yield &table[slot] }
    }

    func slot(of name: Label) -> Slot? { table.slot(of: name) }

    /// The buyer of a new record.
    mutating func use(_ known: Slot?, name: Label) -> Slot {
        let slot = known ?? table.insert(Buyer(name: name))
        table[slot].uses += 1
        return slot
    }

    /// A record that named the buyer is gone.
    mutating func drop(_ slot: Slot) {
        table[slot].uses -= 1
        guard table[slot].uses == 0 else { return }
        precondition(table[slot].places == 0 && table[slot].entries.isEmpty, "a buyer with places has no record")
        table.remove(slot)
    }
}
