internal import Runtime

/// Sends calls to servers elsewhere, by libcurl: one thread moves the bytes of all of them, and connections are kept
/// for the next call to the same server.
///
///     let client = try HTTPClient()
///     let answer = try client.send(HTTPCall(.get, "https://example.org/"))
///     …
///     client.close()
///
/// Names and certificates are checked, TLS is 1.2 at least, a redirect is an answer like any other, and no proxy is
/// used unless the options name one. A call that found its kept connection closed is sent once more on a new one:
/// whoever cannot bear that sends an idempotency key, which a call that may be lost needs anyway.
public final class HTTPClient: HTTPCaller {
    public struct Options: Sendable {
        /// For the name, the connection and TLS.
        public var connectTimeout: Duration = .seconds(5)
        /// For the whole exchange.
        public var timeout: Duration = .seconds(20)
        /// The longest body of an answer.
        public var answerBytes = 1 << 20
        public var callsUnderWay = 64
        /// Connections that stay open between calls.
        public var keptConnections = 16
        /// Who may vouch for a server (PEM); nil: whom the system trusts.
        public var authorities: String?
        /// As curl spells it; nil: none, whatever the environment says.
        public var proxy: String?
        public var userAgent = "turnstile"

        public init() {}
    }

    private let options: Options
    private let inbox: Inbox
    private let thread: OwnedThread

    /// - Throws: `refused` when the system has no thread, or the library no memory.
    public init(_ options: Options = Options()) throws(HTTPCallError) {
        precondition(options.callsUnderWay >= 1 && options.answerBytes >= 0, "a client without room for a call")
        self.options = options
        let inbox = Inbox(multi: try Multi(keeping: options.keptConnections), most: options.callsUnderWay)
        self.inbox = inbox
        do {
            thread = try OwnedThread(name: "http client") { ClientLoop(inbox, options).run() }
        } catch {
            inbox.end()
            throw HTTPCallError(.refused, "\(error)", mayHaveArrived: false)
        }
    }

    deinit { close() }

    public func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
        precondition(!thread.isCurrent, "a call cannot wait on the thread that serves it")
        let exchange = Exchange(try CheckedCall(call, usual: options.timeout))
        try inbox.put(exchange)
        return try exchange.wait()
    }

    /// Calls under way.
    public var underWay: Int { inbox.underWay }

    /// Ends every wait with an error, and every connection. Later calls are refused. May be called several times.
    public func close() {
        inbox.close()
        thread.join()
    }
}
