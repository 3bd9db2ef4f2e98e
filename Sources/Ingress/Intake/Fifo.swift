/// First in, first out, without moving what waits.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        head += 1
        // What has left goes when it is the larger part: each element is moved once at most.
        if head * 2 > elements.count && head >= 64 || head == elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
