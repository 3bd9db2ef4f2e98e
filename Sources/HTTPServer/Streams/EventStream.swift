internal import Runtime

/// An open stream of server-sent events. It stays open until it is closed here, by its client or with the server.
///
///     guard let stream = responder.openEventStream() else { return }
///     stream.send(ServerSentEvent("hello", event: "greeting", id: "1"))
public final class EventStream: Sendable {
    public enum SendResult: Sendable, Hashable {
        case queued
        /// The reader is behind, and the event was left out (`EventStreamOptions.WhenFull.refuse`).
        case full
        case closed
    }

    public enum CloseReason: Sendable, Hashable {
        /// `close()` was called, and the client has got everything.
        case ended
        case clientGone
        /// The reader was too slow for its buffer.
        case tooSlow
        case serverStopped
    }

    private struct State {
        var buffer: StreamBuffer
        var reason: CloseReason?
        var isFinished = false
        var callback: (@Sendable (CloseReason) -> Void)?
    }

    let options: EventStreamOptions
    let mailbox: Mailbox
    private let state: Lock<State>

    // because: the following are touched by the loop's thread only
    nonisolated(unsafe) var connection: Connection?
    /// When something was last handed to the kernel, in nanoseconds of the monotonic clock.
    nonisolated(unsafe) var sentAt: Int64 = 0

    init(mailbox: Mailbox, options: EventStreamOptions, bufferLimit: Int) {
        self.mailbox = mailbox
        self.options = options
        state = Lock(State(buffer: StreamBuffer(limit: bufferLimit)))
    }

    /// Queues an event, from any thread.
    @discardableResult
    public func send(_ event: ServerSentEvent) -> SendResult { send(event.frame) }

    /// Queues encoded events, which other streams may send too, from any thread.
    @discardableResult
    public func send(_ frame: EventFrame) -> SendResult {
        let (result, mustWake) = enqueue(frame)
        if mustWake { mailbox.post(.wake([self])) }
        return result
    }

    /// Lets the client have what is queued, and ends the stream.
    public func close() { end(.ended) }

    func end(_ reason: CloseReason) {
        let mustWake = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.buffer.end()
        }
        if mustWake { mailbox.post(.wake([self])) }
    }

    public var isOpen: Bool { state.withLock { $0.reason == nil } }

    /// Bytes that wait for the reader.
    public var waitingBytes: Int { state.withLock { $0.buffer.waiting } }

    /// Calls `body` once the stream is over, on the loop's thread; at once if it is.
    public func whenClosed(_ body: @escaping @Sendable (CloseReason) -> Void) {
        let reason: CloseReason? = state.withLock { state in
            guard state.isFinished else {
                state.callback = body
                return nil
            }
            return state.reason
        }
        if let reason { body(reason) }
    }

    /// Queues without waking, so that a broadcast wakes each loop once.
    func enqueue(_ frame: EventFrame) -> (SendResult, mustWake: Bool) {
        let appended = state.withLock { state in
            let appended = state.buffer.append(frame.bytes)
            if appended == .full, options.whenFull == .cut { state.reason = state.reason ?? .tooSlow }
            return appended
        }
        switch appended {
        case .queued: return (.queued, false)
        case .wake: return (.queued, true)
        case .closed: return (.closed, false)
        case .full where options.whenFull == .refuse: return (.full, false)
        case .full:
            mailbox.post(.cut(self))
            return (.closed, false)
        }
    }

    /// Hands out what is to be sent next.
    func fill(_ output: UnsafeMutableRawBufferPointer) -> StreamBuffer.Fill {
        state.withLock { $0.buffer.fill(output) }
    }

    /// Throws away what waits: nobody will read it.
    ///
    /// - Returns: whether the connection is suspended and must be resumed.
    func abort(_ reason: CloseReason) -> Bool {
        state.withLock { state in
            state.reason = state.reason ?? reason
            return state.buffer.close()
        }
    }

    /// The library has let go of the stream.
    func finish(_ reason: CloseReason) {
        let (callback, reason) = state.withLock { state in
            state.reason = state.reason ?? reason
            state.isFinished = true
            _ = state.buffer.close()
            return (state.callback.take(), state.reason ?? reason)
        }
        callback?(reason)
    }
}
