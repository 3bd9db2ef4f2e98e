/// A broker in memory: quorum queues whose consumers take turns.
///
/// Only the consumer that came first gets messages, in order, as many unacknowledged ones as its prefetch allows. When
/// its channel ends, what it has not acknowledged goes back to its place, marked, and the next consumer's turn comes.
final class FakeBroker {
    struct Message {
        let user: String?
        let body: [UInt8]
        var isRedelivered = false
    }

    final class Consumer {
        let queue: Int
        let prefetch: Int
        fileprivate(set) var isOpen = true
        fileprivate(set) var unacknowledged: [(tag: UInt64, message: Message)] = []
        fileprivate var lastTag: UInt64 = 0
        fileprivate let deliver: (UInt64, Message) -> Void
        fileprivate let ended: (String) -> Void

        fileprivate init(
            queue: Int, prefetch: Int, deliver: @escaping (UInt64, Message) -> Void, ended: @escaping (String) -> Void
        ) {
            self.queue = queue
            self.prefetch = prefetch
            self.deliver = deliver
            self.ended = ended
        }
    }

    private struct Queue {
        var ready: [Message] = []
        var consumers: [Consumer] = []
    }

    private var queues: [Queue]
    private(set) var isAway = false

    init(queues count: Int) { queues = [Queue](repeating: Queue(), count: count) }

    var isEmpty: Bool { queues.allSatisfy { $0.ready.isEmpty && $0.consumers.allSatisfy(\.unacknowledged.isEmpty) } }

    /// How many messages wait in a queue or for an acknowledgement.
    func depth(of queue: Int) -> Int {
        queues[queue].ready.count + queues[queue].consumers.reduce(0) { $0 + $1.unacknowledged.count }
    }

    /// - Returns: whether it is in the queue now.
    func publish(_ message: Message, to queue: Int) -> Bool {
        guard !isAway, queues.indices.contains(queue) else { return false }
        queues[queue].ready.append(message)
        dispatch(queue)
        return true
    }

    /// nil where nobody answers. Deliveries may come before this returns.
    func consume(
        _ queue: Int, prefetch: Int, deliver: @escaping (UInt64, Message) -> Void,
        ended: @escaping (String) -> Void
    ) -> Consumer? {
        guard !isAway else { return nil }
        let consumer = Consumer(queue: queue, prefetch: prefetch, deliver: deliver, ended: ended)
        queues[queue].consumers.append(consumer)
        dispatch(queue)
        return consumer
    }

    /// Everything up to and including a tag.
    func acknowledge(_ consumer: Consumer, through tag: UInt64) {
        guard consumer.isOpen else { return }
        consumer.unacknowledged.removeAll { $0.tag <= tag }
        dispatch(consumer.queue)
    }

    /// The channel ends, by whosever wish; the other side is not told.
    func close(_ consumer: Consumer) {
        guard consumer.isOpen else { return }
        consumer.isOpen = false
        let returned = consumer.unacknowledged.map { _, message in
            var message = message
            message.isRedelivered = true
            return message
        }
        consumer.unacknowledged = []
        queues[consumer.queue].ready = returned + queues[consumer.queue].ready
        queues[consumer.queue].consumers.removeAll { $0 === consumer }
        dispatch(consumer.queue)
    }

    /// The connection of these channels breaks, and their owner is told.
    func cut(_ consumers: [Consumer], reason: String) {
        for consumer in consumers where consumer.isOpen {
            close(consumer)
            consumer.ended(reason)
        }
    }

    func goAway() {
        isAway = true
        for queue in queues.indices { cut(queues[queue].consumers, reason: "the broker went away") }
    }

    func comeBack() { isAway = false }

    private func dispatch(_ queue: Int) {
        while let consumer = queues[queue].consumers.first, !queues[queue].ready.isEmpty, !isAway,
            consumer.unacknowledged.count < consumer.prefetch
        {
            let message = queues[queue].ready.removeFirst()
            consumer.lastTag += 1
            consumer.unacknowledged.append((consumer.lastTag, message))
            consumer.deliver(consumer.lastTag, message)
        }
    }
}
