internal import Runtime

/// What waits for one of several threads, within a bound.
final class Mail<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var first = 0
        var waiters: [Latch] = []
        var isClosed = false

        var count: Int { items.count - first }

        mutating func next() -> Item? {
            guard first < items.count else { return nil }
            defer {
                first += 1
                if first * 2 >= items.count {
                    items.removeFirst(first)
                    first = 0
                }
            }
            return items[first]
        }
    }

    private let state = Lock(State())
    private let bound: Int

    init(bound: Int) { self.bound = bound }

    /// - Returns: false when there is no room, or the mail is closed.
    func put(_ item: Item) -> Bool {
        let (isTaken, waiter): (Bool, Latch?) = state.withLock { state in
            guard !state.isClosed, state.count < bound else { return (false, nil) }
            state.items.append(item)
            return (true, state.waiters.popLast())
        }
        waiter?.open()
        return isTaken
    }

    /// Waits for the next; nil once the mail is closed.
    func take() -> Item? {
        while true {
            let latch = Latch()
            let (item, isClosed): (Item?, Bool) = state.withLock { state in
                if state.isClosed { return (nil, true) }
                if let item = state.next() { return (item, false) }
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
    @discardableResult
    func close() -> [Item] {
        let (items, waiters): ([Item], [Latch]) = state.withLock { state in
            state.isClosed = true
            let left = Array(state.items[state.first...])
            (state.items, state.first) = ([], 0)
            defer { state.waiters = [] }
            return (left, state.waiters)
        }
        for waiter in waiters { waiter.open() }
        return items
    }
}
