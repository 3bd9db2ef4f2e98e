/// Those who wait for one tier, in the order in which they came. Joining, leaving and asking for a position cost
/// O(log n):
/// a Fenwick tree counts who is still there.
struct Line: Sendable {
    private var orders: [UInt64] = []
    /// `none` where somebody has gone.
    private var slots: [Slot] = []
    /// `tree[i - 1]` counts who is left among the lowbit(i) places that end with the i-th.
    private var tree: [UInt32] = []
    private(set) var count = 0

    /// The order of who came last.
    var last: UInt64? { orders.last }

    /// The order must be greater than all before.
    mutating func append(_ slot: Slot, order: UInt64) {
        precondition(orders.last.map { $0 < order } ?? true, "the line has an order already")
        orders.append(order)
        slots.append(slot)
        let number = orders.count
        tree.append(UInt32(present(upTo: number - 1) - present(upTo: number - lowBit(number)) + 1))
        count += 1
    }

    mutating func remove(order: UInt64) {
        let index = index(of: order)
        precondition(slots[index] != .none, "who has gone cannot go")
        slots[index] = .none
        count -= 1
        var number = index + 1
        while number <= tree.count {
            tree[number - 1] -= 1
            number += lowBit(number)
        }
        if slots.count > 64, count * 2 < slots.count { compact() }
    }

    /// 1 for the first in line.
    func position(order: UInt64) -> Int { present(upTo: index(of: order) + 1) }

    /// Who stands at a position, counted from 1.
    subscript(position: Int) -> Slot {
        precondition(position >= 1 && position <= count)
        var missing = UInt32(position)
        var number = 0
        var step = 1
        while step * 2 <= tree.count { step *= 2 }
        while step > 0 {
            if number + step <= tree.count, tree[number + step - 1] < missing {
                number += step
                missing -= tree[number - 1]
            }
            step /= 2
        }
        return slots[number]
    }

    private func present(upTo number: Int) -> Int {
        var sum = 0
        var number = number
        while number > 0 {
            sum += Int(tree[number - 1])
            number -= lowBit(number)
        }
        return sum
    }

    private func lowBit(_ number: Int) -> Int { number & -number }

    private func index(of order: UInt64) -> Int {
        var low = 0
        var high = orders.count
        while low < high {
            let middle = (low + high) / 2
            if orders[middle] < order { low = middle + 1 } else { high = middle }
        }
        precondition(low < orders.count && orders[low] == order, "nobody has this place in the line")
        return low
    }

    private mutating func compact() {
        let left = zip(orders, slots).filter { $0.1 != .none }
        self = Line()
        for (order, slot) in left { append(slot, order: order) }
    }
}
