/// What a server calls back for. All of it runs on the loops' threads and must not block.
public struct ServerHooks: Sendable {
    /// Makes the response to a refusal.
    public var problem: @Sendable (Problem, RequestLine) -> Response
    /// Called for each finished request; nil costs nothing.
    public var access: (@Sendable (AccessRecord) -> Void)?
    /// Called for what an operator should hear of.
    public var trouble: (@Sendable (Trouble) -> Void)?

    public init(
        problem: @escaping @Sendable (Problem, RequestLine) -> Response = { problem, _ in problem.response },
        access: (@Sendable (AccessRecord) -> Void)? = nil, trouble: (@Sendable (Trouble) -> Void)? = nil
    ) {
        self.problem = problem
        self.access = access
        self.trouble = trouble
    }
}

/// What is known of a request that was refused. The target is empty when the request broke off before it.
public struct RequestLine: Sendable {
    public let method: HTTPMethod
    /// As sent, with its query.
    public let target: String
}

/// A finished request.
public struct AccessRecord: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// The answer was handed to the kernel completely.
        case sent
        /// The client went away, or was cut off for being too slow, before the end of the answer.
        case broken
        /// The server stopped.
        case stopped
    }

    public let listener: String
    public let method: HTTPMethod
    /// The route's template; nil when there was none.
    public let route: String?
    /// Nil when the client was gone before there was an answer.
    public let status: HTTPStatus?
    /// Of the answer's body, as sent over the wire (compressed, if it was); for a stream what was handed to the kernel.
    public let bytes: Int
    /// From the end of the request line to the end of the answer.
    public let duration: Duration
    public let outcome: Outcome
}

/// Something that went wrong inside a server.
public struct Trouble: Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// A line of libmicrohttpd's own log: mostly clients that misbehave.
        case library
        /// A handler threw something else than a `Problem`.
        case handlerFailed
        /// A responder was dropped without an answer: the client got a 500.
        case unanswered
        /// A responder was not answered within `HTTPLimits.answerTime`: the client got a 503.
        case overdue
        /// A responder was answered a second time; that answer was thrown away.
        case answeredTwice
        /// An answer had a header that cannot be sent: the client got a 500.
        case badHeader
        /// The loop's system calls failed.
        case system
    }

    public let kind: Kind
    public let listener: String
    public let message: String

    public var description: String { "\(listener): \(message)" }
}
