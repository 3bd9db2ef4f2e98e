package import Ticketing

/// When each event of a lane has something due, the earliest first; equal times in the order of ids.
package struct DueQueue {
    private struct Node {
        let time: Time
        let event: EventId

        func isBefore(_ other: Node) -> Bool {
            time == other.time ? event < other.event : time < other.time
        }
    }

    /// A binary heap; nodes that `times` does not agree with are out of date.
    private var heap: [Node] = []
    private var times: [EventId: Time] = [:]

    package init() {}

    package subscript(event: EventId) -> Time? { times[event] }

    package mutating func set(_ event: EventId, _ time: Time?) {
        guard times[event] != time else { return }
        times[event] = time
        guard let time else { return }
        heap.append(Node(time: time, event: event))
        siftUp()
        if heap.count > 64, heap.count > 4 * times.count { rebuild() }
    }

    package var first: (event: EventId, time: Time)? {
        mutating get {
            while let node = heap.first {
                if times[node.event] == node.time { return (node.event, node.time) }
                removeRoot()
            }
            return nil
        }
    }

    package mutating func removeAll() {
        heap = []
        times = [:]
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeRoot() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func rebuild() {
        // The order of the heap's array does not depend on the order of the dictionary: a sorted array is a heap.
        heap = times.map { Node(time: $0.value, event: $0.key) }.sorted { $0.isBefore($1) }
    }
}
