/// A bounded table that keeps what was used since it was last half renewed.
struct RecentlyUsed<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    /// Twice as many are known at most.
    private let bound: Int

    init(bound: Int) {
        precondition(bound > 0)
        self.bound = bound
    }

    var count: Int { young.count + old.count }

    subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            insert(value, for: key)
            return value
        }
        set {
            old[key] = nil
            guard let newValue else {
                young[key] = nil
                return
            }
            insert(newValue, for: key)
        }
    }

    private mutating func insert(_ value: Value, for key: Key) {
        if young.count >= bound, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
