internal import Runtime

/// What happens next, and when: the one loop of a simulated world. Of two things at the same time, the one that was
/// planned first happens first.
final class Scheduler {
    private struct Planned {
        let at: Int64
        let serial: UInt64
        let action: () -> Void

        func comes(before other: Planned) -> Bool {
            at == other.at ? serial < other.serial : at < other.at
        }
    }

    private(set) var now: MonotonicTime
    private var heap: [Planned] = []
    private var serial: UInt64 = 0

    init(at start: MonotonicTime) { now = start }

    func after(_ nanoseconds: Int64, _ action: @escaping () -> Void) {
        at(MonotonicTime(nanoseconds: now.nanoseconds + max(0, nanoseconds)), action)
    }

    /// What is planned for the past happens at once.
    func at(_ time: MonotonicTime, _ action: @escaping () -> Void) {
        serial += 1
        heap.append(Planned(at: max(time, now).nanoseconds, serial: serial, action: action))
        var child = heap.count - 1
        while child > 0, heap[child].comes(before: heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Lets the next thing happen, if there is one until then; if not, the time has come.
    func runNext(until end: MonotonicTime) -> Bool {
        guard let first = heap.first, first.at <= end.nanoseconds else {
            now = max(now, end)
            return false
        }
        now = MonotonicTime(nanoseconds: first.at)
        removeFirst()
        first.action()
        return true
    }

    /// Nothing more will happen.
    func end() { heap = [] }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var next = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].comes(before: heap[next]) {
                next = child
            }
            if next == parent { return }
            heap.swapAt(next, parent)
            parent = next
        }
    }
}
