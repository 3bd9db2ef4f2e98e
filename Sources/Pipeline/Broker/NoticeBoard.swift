package import RabbitMQ
package import Runtime

/// A worker's publishing side: replies, changes, wake-ups and loads, on a connection of its own.
///
/// Nothing ever waits for it. What the broker has no room for gathers in a backlog of bounded size and leaves as soon
/// as there is room; beyond the bound it is dropped and counted. Whoever waits for a reply asks the journal then.
package final class NoticeBoard: PublishSink {
    private struct State {
        var publisher: Publisher?
        /// What waits, from `first` on.
        var waiting: [OutgoingMessage] = []
        var first = 0
        var waitingBytes = 0
        /// Whether a thread is handing messages to the publisher: one at a time, so that they stay in order.
        var isFlushing = false
        /// There is more room, or more to send, than when that thread looked.
        var looksAgain = false
    }

    /// How many bytes may wait.
    private let bound: Int
    private let metrics: LoopMetrics
    private let state = Lock(State())
    private let reconnector = Lock<Reconnector?>(nil)
    /// Notices that the broker may have at a time without having confirmed them.
    private static let window = 4_096
    /// Messages that are encoded in one go, so that what does not fit is not encoded in vain.
    private static let slice = 64

    package init(bound: Int, metrics: LoopMetrics) {
        self.bound = bound
        self.metrics = metrics
    }

    package func start(_ settings: ConnectionSettings, backoff: Backoff, log: Log) throws(RabbitMQError) {
        let reconnector = try Reconnector(settings, backoff: backoff) { event in
            event.write(to: log, "turnstile.connection", "publishing")
        } setUp: { connection throws(RabbitMQError) in
            // The other connection, which makes all the rest, may not have come to it yet.
            try connection.withChannel { channel throws(RabbitMQError) in
                do throws(TopologyError) {
                    try Topology.declareExchanges(on: channel)
                } catch {
                    log.error("\(error)")
                    throw error.cause
                }
            }
            let publisher = try connection.openPublisher(
                window: Self.window, confirmTimeout: .seconds(10), sink: self)
            self.state.withLock { $0.publisher = publisher }
            self.flush()
        }
        self.reconnector.withLock { $0 = reconnector }
    }

    /// With what surrounds a body: a wake-up has none.
    private static func size(of message: OutgoingMessage) -> Int { message.body.count + 256 }

    /// Takes notices and returns at once.
    package func post(_ notices: [Notice]) {
        guard !notices.isEmpty else { return }
        var dropped = 0
        state.withLock { state in
            for notice in notices where state.publisher != nil || !notice.isFleeting {
                let message = Self.message(for: notice)
                let size = Self.size(of: message)
                guard state.waitingBytes + size <= bound else {
                    dropped += 1
                    continue
                }
                state.waitingBytes += size
                state.waiting.append(message)
            }
        }
        if dropped > 0 { metrics.droppedNotices.add(dropped) }
        flush()
    }

    /// Waits until what was taken is out, and closes.
    package func stop(within patience: Duration) {
        flush()
        if let publisher = state.withLock({ $0.publisher }) { _ = publisher.waitUntilReported(within: patience) }
        reconnector.withLock { $0.take() }?.stop()
        state.withLock { $0 = State() }
    }

    private static func message(for notice: Notice) -> OutgoingMessage {
        // Not persistent and not mandatory: none of it is needed for what was decided to be true.
        switch notice {
        case .replies(let to, let lines):
            OutgoingMessage(
                exchange: Topology.replies, routingKey: to, properties: MessageProperties(), body: lines,
                isMandatory: false)
        case .changes(let lines):
            OutgoingMessage(
                exchange: Topology.changes, routingKey: "", properties: MessageProperties(), body: lines,
                isMandatory: false)
        case .directory(let lines):
            OutgoingMessage(
                exchange: Topology.directory, routingKey: "", properties: MessageProperties(), body: lines,
                isMandatory: false)
        case .loads(let lines):
            OutgoingMessage(
                exchange: Topology.load, routingKey: "", properties: MessageProperties(), body: lines,
                isMandatory: false)
        case .effects(let kind):
            OutgoingMessage(
                exchange: Topology.effects, routingKey: Topology.routingKey(kind), properties: MessageProperties(),
                body: [], isMandatory: false)
        }
    }

    /// Hands over what there is room for.
    private func flush() {
        while let (publisher, messages) = beginFlush() {
            var taken = 0
            var isStuck = false
            do throws(RabbitMQError) {
                taken = try publisher.publish(messages)
                isStuck = taken < messages.count
            } catch {
                switch error.code {
                case .invalidArgument, .frameTooLarge:
                    taken = sendOneByOne(messages, on: publisher)
                    isStuck = taken < messages.count
                default: isStuck = true
                }
            }
            guard endFlush(taken, isStuck: isStuck) else { return }
        }
    }

    /// One of them cannot be sent at all, such as to a name that is too long: it must not hold up the others.
    private func sendOneByOne(_ messages: ArraySlice<OutgoingMessage>, on publisher: Publisher) -> Int {
        for (index, message) in messages.enumerated() {
            do throws(RabbitMQError) {
                guard try publisher.publish(message) else { return index }
            } catch {
                switch error.code {
                case .invalidArgument, .frameTooLarge: metrics.droppedNotices.add()
                default: return index
                }
            }
        }
        return messages.count
    }

    private func beginFlush() -> (Publisher, ArraySlice<OutgoingMessage>)? {
        state.withLock { state in
            guard !state.isFlushing else {
                state.looksAgain = true
                return nil
            }
            guard let publisher = state.publisher, state.first < state.waiting.count else { return nil }
            state.isFlushing = true
            state.looksAgain = false
            return (publisher, ArraySlice(Array(state.waiting[state.first...].prefix(Self.slice))))
        }
    }

    /// - Returns: whether to go on.
    private func endFlush(_ taken: Int, isStuck: Bool) -> Bool {
        state.withLock { state in
            for message in state.waiting[state.first...].prefix(taken) { state.waitingBytes -= Self.size(of: message) }
            state.first += taken
            // What has left goes when it is the larger part, so that each message is moved once at most.
            if state.first * 2 > state.waiting.count {
                state.waiting.removeFirst(state.first)
                state.first = 0
            }
            state.isFlushing = false
            return !isStuck || state.looksAgain
        }
    }

    // MARK: on the connection's thread

    package func published(_ results: PublishResults, by publisher: Publisher) {
        if !results.failed.isEmpty { metrics.droppedNotices.add(results.failed.count) }
        flush()
    }

    package func publisherUnblocked(_ publisher: Publisher) { flush() }

    package func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {
        state.withLock { if $0.publisher === publisher { $0.publisher = nil } }
    }
}

extension Notice {
    /// By the time that there is a connection again it would say nothing, and it would take the room of what does.
    fileprivate var isFleeting: Bool {
        if case .loads = self { true } else { false }
    }
}
