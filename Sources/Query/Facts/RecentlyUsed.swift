/// A bounded table that keeps what was used since it was last half renewed.
struct RecentlyUsed<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private var weight = 0
    private let bound: Int
    private let weigh: @Sendable (Value) -> Int

    /// - Parameters:
    ///   - bound: what the younger half may weigh; all of it weighs twice as much at most, and one value more.
    ///   - weigh: each value weighs the same if left out.
    init(bound: Int, weigh: @escaping @Sendable (Value) -> Int = { _ in 1 }) {
        precondition(bound > 0)
        self.bound = bound
        self.weigh = weigh
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
            if let known = young.removeValue(forKey: key) { weight -= weigh(known) }
            if let newValue { insert(newValue, for: key) }
        }
    }

    private mutating func insert(_ value: Value, for key: Key) {
        if weight >= bound {
            old = young
            young = [:]
            weight = 0
        }
        young[key] = value
        weight += weigh(value)
    }
}
