/// One channel of one connection. The generation tells two users of the same number apart.
struct ChannelID: Sendable, Hashable {
    let number: UInt16
    let generation: UInt32
}

/// Which channel numbers are in use, and which of those may still be written to. Pure.
struct ChannelTable {
    private enum State { case free, open, closing }

    private struct Slot {
        var generation: UInt32 = 0
        var state = State.free
    }

    /// How many channels the broker allows.
    let limit: UInt16
    private var slots: [Slot] = []
    private var free: [UInt16] = []

    init(limit: UInt16) {
        self.limit = limit
    }

    /// - Returns: nil when all numbers are in use.
    mutating func open() -> ChannelID? {
        let number: UInt16
        if let last = free.popLast() {
            number = last
        } else {
            guard slots.count < Int(limit) else { return nil }
            slots.append(Slot())
            number = UInt16(slots.count)
        }
        slots[Int(number) - 1].state = .open
        return ChannelID(number: number, generation: slots[Int(number) - 1].generation)
    }

    func isOpen(_ id: ChannelID) -> Bool {
        let slot = slots[Int(id.number) - 1]
        return slot.generation == id.generation && slot.state == .open
    }

    /// Nothing may be written to it any more, but the broker has not let go of the number yet.
    mutating func beginClosing(_ id: ChannelID) {
        guard isOpen(id) else { return }
        slots[Int(id.number) - 1].state = .closing
    }

    /// The number is free for another channel.
    mutating func release(_ id: ChannelID) {
        let index = Int(id.number) - 1
        guard slots[index].generation == id.generation, slots[index].state != .free else { return }
        slots[index].state = .free
        slots[index].generation &+= 1
        free.append(id.number)
    }
}
