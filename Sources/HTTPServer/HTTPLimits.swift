/// The bounds within which a listener serves its clients.
public struct HTTPLimits: Sendable {
    /// Connections at once, over all loops of the listener. Further ones wait in the kernel's queue.
    public var connections = 2048
    /// Connections from one address, closed at once when there are more; 0: no limit. Behind a gateway all
    /// connections come from one address. Counted by each loop for itself.
    public var connectionsPerAddress = 0
    /// The length of the URL in bytes: 414 beyond it.
    public var targetBytes = 4 * 1024
    /// The request line and all headers in bytes: 431 beyond it. The library clears twice as much memory after each
    /// request: at 900 connections, 16 KiB here would halve the rate of answers.
    public var headerBytes = 8 * 1024
    /// A request's body in bytes, unless its route says otherwise: 413 beyond it.
    public var bodyBytes = 256 * 1024
    /// All bodies in memory at once, over all loops of the listener: 503 beyond it.
    public var allBodiesBytes = 64 * 1024 * 1024
    /// How long a request may take to arrive completely, however lively its client: 408 beyond it.
    public var requestTime: Duration = .seconds(15)
    /// How long a handler may leave a request unanswered: 503 beyond it, and a report.
    public var answerTime: Duration = .seconds(120)
    /// How long a client may take to read an ordinary answer to its end: cut beyond it.
    public var responseTime: Duration = .seconds(60)
    /// How long a connection may stand still: between two requests, or in the middle of an answer. In whole seconds.
    public var idleTime: Duration = .seconds(60)
    /// How much of a stream may wait for its reader; see `EventStreamOptions.whenFull`.
    public var streamBufferBytes = 64 * 1024

    public init() {}

    func validate() {
        precondition(connections > 0 && connectionsPerAddress >= 0, "a listener takes at least one connection")
        precondition(targetBytes >= 64 && headerBytes >= targetBytes, "the header holds the target")
        precondition(headerBytes <= 1 << 20 && bodyBytes >= 0 && allBodiesBytes >= bodyBytes)
        precondition(requestTime > .zero && answerTime > .zero && responseTime > .zero && streamBufferBytes > 0)
        precondition(idleTime >= .seconds(1), "the idle time is at least a second")
    }

    /// What the library reserves for each connection. Its own entry for each header line and its buffer for the
    /// answer's header come on top of the header itself; what does not fit is refused in its words, not in the hook's.
    var connectionMemory: Int { max(2 * headerBytes, headerBytes + 8 * 1024) }
}
