/// First in, first out, in amortised constant time.
package struct Fifo<Element> {
    private var elements: [Element] = []
    private var head = 0

    package init() {}

    package var first: Element? { head < elements.count ? elements[head] : nil }
    package var count: Int { elements.count - head }

    /// What is in it, first in first.
    package var all: ArraySlice<Element> { elements[head...] }

    package mutating func append(_ element: Element) { elements.append(element) }

    package mutating func removeFirst() {
        precondition(head < elements.count)
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= 1_024)
            head = 0
        } else if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
    }
}

extension Fifo: Sendable where Element: Sendable {}
