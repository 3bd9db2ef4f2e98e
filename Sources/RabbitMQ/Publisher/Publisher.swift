internal import Runtime

/// Publishes with confirms: every message accepted is reported to the sink, as confirmed or as failed and why.
///
/// Any thread may publish, none ever waits for the network in `publish`, and many messages cost one wake-up of the
/// connection's thread and few system calls. It lives until it is closed or its connection ends.
public final class Publisher: @unchecked Sendable {
    // because: `sink` belongs to the connection's thread, and the rest is constant or behind a lock
    private struct State {
        var window: ConfirmWindow
        var results = PublishResults()
        var hasEnded = false
        /// Waits for room.
        var roomWaiters: [Latch] = []
        /// Waits until everything up to a message has been reported.
        var reportWaiters: [(number: UInt64, latch: Latch)] = []
    }

    private let core: ChannelCore
    /// Nil after the end: a sink that keeps its publisher must not keep itself alive.
    private var sink: (any PublishSink)?
    private let frameMax: Int
    private let state: Lock<State>
    private let time = SystemTime()

    init(core: ChannelCore, sink: any PublishSink, window: Int, patience: Duration) {
        self.core = core
        self.sink = sink
        frameMax = core.loop.frameMax
        state = Lock(State(window: ConfirmWindow(capacity: window, patience: patience)))
    }

    /// Why the publisher has ended, or nil while it works.
    public var ending: RabbitMQError? { core.ending }

    /// How many more messages may be unconfirmed.
    public var room: Int { state.withLock { $0.hasEnded ? 0 : $0.window.room } }

    /// How many messages the broker has not settled yet.
    public var unconfirmed: Int { state.withLock { $0.window.count } }

    /// Takes as many messages as there is room for, from the front. Never blocks.
    ///
    /// - Returns: how many were taken; fewer than given means that the window or the send buffer is full.
    /// - Throws: `blocked` while the broker takes no messages, `invalidArgument` or `frameTooLarge` for a message that
    ///   cannot be sent, or why the publisher has ended. Then none of the messages was taken.
    public func publish(_ messages: ArraySlice<OutgoingMessage>) throws(RabbitMQError) -> Int {
        let room = room
        guard !messages.isEmpty, room > 0 else {
            if let ending { throw ending.during("publishing") }
            return 0
        }
        let batch = try EncodedBatch(messages.prefix(room), channel: core.id.number, frameMax: frameMax)
        let now = time.monotonic
        let outcome = state.withLock { state in
            let fitting = min(batch.messages.count, state.window.room)
            let outcome = core.loop.outbox.publish(batch.frames, ends: batch.ends.prefix(fitting), on: core)
            if case .accepted(let count) = outcome {
                for message in batch.messages.prefix(count) { state.window.sent(message, at: now) }
            }
            return outcome
        }
        switch outcome {
        case .accepted(let count): return count
        case .blocked(let reason):
            throw RabbitMQError(.blocked, "publishing", "the broker takes no messages: \(reason)")
        case .ended: throw core.tooLate("publishing")
        }
    }

    public func publish(_ messages: [OutgoingMessage]) throws(RabbitMQError) -> Int {
        try publish(messages[...])
    }

    /// - Returns: whether it was taken; if not, the window or the send buffer is full.
    public func publish(_ message: OutgoingMessage) throws(RabbitMQError) -> Bool {
        try publish([message]) == 1
    }

    /// Publishes all messages, waiting for room when there is none. Not on the connection's own thread.
    ///
    /// - Throws: what `publish` throws, or `timeout`. Messages taken before are reported to the sink nevertheless.
    public func publish(_ messages: [OutgoingMessage], within duration: Duration) throws(RabbitMQError) {
        let deadline = time.monotonic + duration
        var rest = messages[...]
        while true {
            rest = rest.dropFirst(try publish(rest))
            if rest.isEmpty { return }
            let remaining = deadline - time.monotonic
            guard remaining > .zero else {
                throw RabbitMQError(
                    .timeout, "publishing", "no room for \(rest.count) of \(messages.count) messages within \(duration)"
                )
            }
            // The send buffer may be emptied without a confirm that would wake this thread: look again soon.
            _ = waitForRoom(min(remaining, .milliseconds(20)))
        }
    }

    /// Blocks until a message would fit, the publisher has ended or the time is over. Not on the connection's own
    /// thread.
    ///
    /// - Returns: whether there is room.
    public func waitForRoom(_ duration: Duration) -> Bool {
        core.loop.preconditionNotCurrent()
        let latch: Latch? = state.withLock { state in
            guard !state.hasEnded, state.window.room == 0 else { return nil }
            let latch = Latch()
            state.roomWaiters.append(latch)
            return latch
        }
        _ = latch?.wait(for: duration)
        return room > 0
    }

    /// Blocks until everything taken so far has been reported to the sink. Not on the connection's own thread.
    ///
    /// - Returns: false when the time is over first.
    public func waitUntilReported(within duration: Duration) -> Bool {
        core.loop.preconditionNotCurrent()
        let latch = Latch()
        state.withLock { state in
            let last = state.window.nextNumber - 1
            if state.window.hasReported(through: last) && state.results.isEmpty {
                latch.open()
            } else {
                state.reportWaiters.append((last, latch))
            }
        }
        return latch.wait(for: duration)
    }

    /// Closes the publisher's channel; what is unconfirmed is reported as lost. Not on the connection's own thread.
    public func close() throws(RabbitMQError) {
        try core.close()
    }
}

extension Publisher: ChannelRole {
    var isTimed: Bool { true }

    func confirmed(_ tag: UInt64, isMultiple: Bool, isPositive: Bool) throws(ProtocolViolation) {
        try state.withLock { state throws(ProtocolViolation) in
            try state.window.settled(tag, isMultiple: isMultiple, isPositive: isPositive, into: &state.results)
        }
    }

    func returned(_ message: ReturnedMessage, content: Fingerprint) throws(ProtocolViolation) {
        try state.withLock { state throws(ProtocolViolation) in
            try state.window.returned(message, content: content)
        }
    }

    func blocked(_ reason: String) { sink?.publisherBlocked(self, reason: reason) }
    func unblocked() { sink?.publisherUnblocked(self) }

    var deadline: MonotonicTime? { state.withLock { $0.window.deadline } }

    func expire(at now: MonotonicTime) {
        state.withLock { $0.window.expire(at: now, into: &$0.results) }
    }

    func flush() {
        let results = state.withLock { state in
            let results = state.results
            state.results = PublishResults()
            return results
        }
        if !results.isEmpty { sink?.published(results, by: self) }
        let waiters = state.withLock { state in
            var waiters: [Latch] = []
            if state.window.room > 0 || state.hasEnded {
                waiters = state.roomWaiters
                state.roomWaiters = []
            }
            if state.results.isEmpty && !state.reportWaiters.isEmpty {
                for waiter in state.reportWaiters where state.window.hasReported(through: waiter.number) {
                    waiters.append(waiter.latch)
                }
                let window = state.window
                state.reportWaiters.removeAll { window.hasReported(through: $0.number) }
            }
            return waiters
        }
        for waiter in waiters { waiter.open() }
    }

    func ended(_ error: RabbitMQError, wasOpen: Bool) {
        state.withLock { state in
            state.hasEnded = true
            state.window.end(error, into: &state.results)
        }
        flush()
        if wasOpen { sink?.publisherEnded(self, error) }
        sink = nil
    }
}

extension Connection {
    /// Opens a channel in confirm mode.
    ///
    /// - Parameters:
    ///   - window: how many messages may be unconfirmed at once.
    ///   - confirmTimeout: how long the broker may take for one; then it is reported as `unconfirmed`.
    public func openPublisher(
        window: Int = 1000, confirmTimeout: Duration = .seconds(5), sink: any PublishSink
    ) throws(RabbitMQError) -> Publisher {
        guard window > 0, confirmTimeout > .zero else {
            throw RabbitMQError(
                .invalidArgument, "opening a publisher", "the window and the confirm timeout must be above zero")
        }
        var made: Publisher?
        _ = try openChannel(.confirming) { core in
            let publisher = Publisher(core: core, sink: sink, window: window, patience: confirmTimeout)
            made = publisher
            return publisher
        }
        guard let made else { preconditionFailure("a channel was opened without its role") }
        return made
    }
}
