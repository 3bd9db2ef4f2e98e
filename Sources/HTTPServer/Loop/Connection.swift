internal import CMicrohttpd
internal import Runtime

/// A client's connection and the request that it is about.
///
/// The library has at most one request of a connection in hand; pipelined ones wait in its buffer.
final class Connection: @unchecked Sendable {
    // because: everything but the constants is touched by the loop's thread only; other threads just hand it back

    /// Where the connection stands.
    enum Phase {
        /// Between requests; of the next one at most a part of the request line is there.
        case waiting
        /// The request line is there; headers and body come in.
        case receiving
        /// The handler runs.
        case handling
        /// Suspended until the responder is answered.
        case suspended
        /// Resumed with `answer`: the library asks for the response at its next turn.
        case resumed
        /// The response is with the library.
        case answering
        /// A stream of events is being sent.
        case streaming
    }

    unowned let loop: Loop
    let handle: OpaquePointer
    let socket: Int32
    let presence = Presence()
    let openedAt: Int64

    var phase = Phase.waiting
    /// Whether the library leaves it alone until it is resumed.
    var isSuspended = false
    /// Tells the requests of this connection apart: an answer that comes too late finds another number.
    var generation: UInt64 = 0
    /// When the phase must be over, in nanoseconds of the monotonic clock.
    var deadline: Int64
    /// How many requests were finished; libmicrohttpd's own refusals are not.
    var finished = 0
    /// The loop's count of the library's own refusals when this connection was accepted.
    let refusalsBefore: Int
    /// Closed by this server on purpose, so that nothing more is to be said to the client.
    var isCut = false
    /// Answered before the request was read to its end: what is left of it is read and thrown away before the close.
    var lingers = false
    /// The client has closed its side.
    var isHalfClosed = false
    /// How often the library was reminded of that: bounded, in case it does not read.
    var reminders = 0

    // The request.
    var target = Target()
    /// Where the target began in the library's buffer: shows whether a zero byte cut it short.
    var targetStart: UInt = 0
    var begun = false
    var method = HTTPMethod.other
    var version = HTTPVersion.http11
    var route: Route?
    var places = Router.Places()
    var body = BodyIntake()
    var refusal: Problem?
    var startedAt: Int64 = 0

    // The answer.
    var answer: Answer?
    var status: HTTPStatus?
    var sentBytes = 0
    var stream: EventStream?

    init(loop: Loop, handle: OpaquePointer) {
        self.loop = loop
        self.handle = handle
        openedAt = loop.now
        deadline = loop.now + loop.listener.limits.requestTime.nanoseconds
        socket = cmicrohttpd_socket(handle)
        refusalsBefore = loop.libraryRefusals
    }

    /// Forgets the request: the connection waits for the next one.
    func reset() {
        generation += 1
        phase = .waiting
        begun = false
        route = nil
        refusal = nil
        answer = nil
        status = nil
        sentBytes = 0
        stream = nil
        finished += 1
        presence.forget()
    }

    var line: RequestLine {
        RequestLine(method: method, target: begun ? String(decoding: target.bytes, as: UTF8.self) : "")
    }
}
