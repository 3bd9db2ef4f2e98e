/// First in, first out, in amortised constant time.
package struct Fifo<Element> {
    @usableFromInline var elements: [Element] = []
    @usableFromInline var head = 0

    @inlinable package init() {}

    @inlinable package var first: Element? { head < elements.count ? elements[head] : nil }
    @inlinable package var count: Int { elements.count - head }

    /// What is in it, first in first.
    package var all: ArraySlice<Element> { elements[head...] }

    @inlinable package mutating func append(_ element: Element) { elements.append(element) }

    @inlinable package mutating func removeFirst() {
        precondition(head < elements.count)
        head += 1
        tidy()
    }

    /// Removes what is in front as long as it may go.
    @inlinable package mutating func removeFirst(while mayGo: (Element) -> Bool) {
        let start = head
        while head < elements.count, mayGo(elements[head]) { head += 1 }
        if head > start { tidy() }
    }

    @usableFromInline mutating func tidy() {
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
