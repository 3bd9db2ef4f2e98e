/// Some places of a show, in ascending order. Neighbours, which is what most buyers get, cost no memory of their own.
public struct PlaceList: Hashable, Sendable, RandomAccessCollection {
    private let least: UInt32
    private let length: UInt32
    /// Empty where the places are neighbours: two equal lists always have the same form.
    private let scattered: [UInt32]

    public init(from first: UInt32, count: Int) {
        least = count == 0 ? 0 : first
        length = UInt32(truncatingIfNeeded: count)
        scattered = []
    }

    /// The places need not be sorted, but have to be distinct.
    public init(_ places: [UInt32]) {
        let sorted = places.sorted()
        guard let first = sorted.first, let last = sorted.last else {
            self.init(from: 0, count: 0)
            return
        }
        if Int(last - first) + 1 == sorted.count {
            self.init(from: first, count: sorted.count)
        } else {
            self.init(scattered: sorted)
        }
    }

    private init(scattered: [UInt32]) {
        least = scattered[0]
        length = UInt32(truncatingIfNeeded: scattered.count)
        self.scattered = scattered
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(length) }

    public subscript(position: Int) -> UInt32 {
        scattered.isEmpty ? least + UInt32(position) : scattered[position]
    }

    /// Whether they are one run of neighbouring numbers.
    public var isContiguous: Bool { scattered.isEmpty }
}
