extension Array {
    /// The same in the order of their keys. What is sorted are their numbers: a row has some hundred bytes, and sorting
    /// moves each a dozen times.
    func inOrder<Key: Comparable>(of key: (Element) -> Key) -> [Element] {
        guard !zip(self, dropFirst()).allSatisfy({ key($0) < key($1) }) else { return self }
        var order = Array<UInt32>(0..<UInt32(count))
        withUnsafeBufferPointer { items in
            order.sort { key(items[Int($0)]) < key(items[Int($1)]) }
        }
        return order.map { self[Int($0)] }
    }
}
