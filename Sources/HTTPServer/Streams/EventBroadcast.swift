internal import Runtime

/// Sends the same events to many streams: encoded once, one wake-up for each loop.
public final class EventBroadcast: Sendable {
    private let streams = Lock<[EventStream]>([])

    public init() {}

    /// Streams that were open at the last `send`.
    public var count: Int { streams.withLock { $0.count } }

    public func add(_ stream: EventStream) {
        streams.withLock { $0.append(stream) }
    }

    public func remove(_ stream: EventStream) {
        streams.withLock { $0.removeAll { $0 === stream } }
    }

    /// - Returns: how many streams took the event. Closed ones are let go of.
    @discardableResult
    public func send(_ event: ServerSentEvent) -> Int { send(event.frame) }

    @discardableResult
    public func send(_ frame: EventFrame) -> Int {
        let streams = self.streams.withLock { $0 }
        var taken = 0
        var hasClosed = false
        var sleepers: [(mailbox: Mailbox, streams: [EventStream])] = []
        for stream in streams {
            let (result, mustWake) = stream.enqueue(frame)
            switch result {
            case .queued: taken += 1
            case .closed: hasClosed = true
            case .full: break
            }
            guard mustWake else { continue }
            if let index = sleepers.firstIndex(where: { $0.mailbox === stream.mailbox }) {
                sleepers[index].streams.append(stream)
            } else {
                sleepers.append((stream.mailbox, [stream]))
            }
        }
        for (mailbox, streams) in sleepers { mailbox.post(.wake(streams)) }
        if hasClosed { self.streams.withLock { $0.removeAll { !$0.isOpen } } }
        return taken
    }

    /// Ends all streams.
    public func close() {
        let streams = self.streams.withLock { streams in
            defer { streams = [] }
            return streams
        }
        for stream in streams { stream.close() }
    }
}
