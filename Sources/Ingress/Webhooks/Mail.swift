internal import Runtime

/// What waits for one of several threads, within a bound.
final class Mail<Item: Sendable>: Sendable {
    private struct State {
        var items = Fifo<Item>()
        var waiters: [Latch] = []
        var isClosed = false
    }

    private let state = Lock(State())
    private let bound: Int

    init(bound: Int) { self.bound = bound }

    /// - Returns: false when there is no room, or the mail is closed.
    func put(_ item: Item) -> Bool {
        let (isTaken, waiter): (Bool, Latch?) = state.withLock { state in
            guard !state.isClosed, state.items.count < bound else { return (false, nil) }
            state.items.append(item)
            return (true, state.waiters.popLast())
        }
        waiter?.open()
        return isTaken
    }

    var count: Int { state.withLock { $0.items.count } }

    /// Waits for the next; nil once the mail is closed.
    func take() -> Item? {
        while true {
            let latch = Latch()
            let (item, isClosed): (Item?, Bool) = state.withLock { state in
                if state.isClosed { return (nil, true) }
                if let item = state.items.popFirst() { return (item, false) }
                state.waiters.append(latch)
                return (nil, false)
            }
            if item != nil || isClosed { return item }
            latch.wait()
        }
    }

    /// Ends every wait.
    ///
    /// - Returns: what nobody has taken.
    func close() -> [Item] {
        let (items, waiters): ([Item], [Latch]) = state.withLock { state in
            state.isClosed = true
            var items: [Item] = []
            while let item = state.items.popFirst() { items.append(item) }
            defer { state.waiters = [] }
            return (items, state.waiters)
        }
        for waiter in waiters { waiter.open() }
        return items
    }
}
