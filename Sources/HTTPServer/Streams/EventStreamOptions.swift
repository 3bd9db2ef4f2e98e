/// How a stream of events behaves.
public struct EventStreamOptions: Sendable {
    /// What becomes of a stream whose reader is too slow for its buffer (`HTTPLimits.streamBufferBytes`).
    public enum WhenFull: Sendable {
        /// It is cut; its client comes again with `Last-Event-ID`.
        case cut
        /// `send` says `full`, and the sender decides: it may leave the event out, or send a shorter one later.
        case refuse
    }

    public var whenFull: WhenFull
    /// A comment is sent after so much silence; nil sends none.
    public var keepAlive: Duration?
    /// Sent beside `Content-Type` and `Cache-Control`.
    public var headers: HTTPHeaders

    public init(whenFull: WhenFull = .cut, keepAlive: Duration? = .seconds(15), headers: HTTPHeaders = [:]) {
        self.whenFull = whenFull
        self.keepAlive = keepAlive
        self.headers = headers
    }
}
