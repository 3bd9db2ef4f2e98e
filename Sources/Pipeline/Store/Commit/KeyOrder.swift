extension Array {
    /// The same in the order of their keys. What is sorted are their numbers: a row has some hundred bytes, and sorting
    /// moves each a dozen times, and looks at its key as often.
    func inOrder<Key: Comparable>(of key: (Element) -> Key) -> [Element] {
        let keys = map(key)
        guard keys.indices.dropFirst().contains(where: { !(keys[$0 - 1] < keys[$0]) }) else { return self }
        var order = Array<UInt32>(0..<UInt32(count))
        order.sort { keys[Int($0)] < keys[Int($1)] }
        return order.map { self[Int($0)] }
    }
}
