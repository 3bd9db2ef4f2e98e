/// Which stores have not answered lately: of such a one, one database is asked at a time, so that the hands are there
/// for the others.
struct StoreWatch {
    private struct Store {
        var underWay = 0
        /// Failures since the last answer.
        var failures = 0
    }

    private var stores: [String: Store] = [:]

    /// Whether one more of the store's databases may be asked.
    func hasRoom(in name: String) -> Bool {
        guard let store = stores[name], store.failures >= Self.patience else { return true }
        return store.underWay == 0
    }

    mutating func begin(_ name: String) { stores[name, default: Store()].underWay += 1 }

    mutating func end(_ name: String, answered: Bool) {
        stores[name, default: Store()].underWay -= 1
        if answered { stores[name]?.failures = 0 } else { stores[name]?.failures += 1 }
    }

    private static let patience = 2
}
