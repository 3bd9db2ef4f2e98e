/// What is asked of a server elsewhere.
public struct HTTPCall: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    public var method: Method
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// For the whole exchange; nil: the client's.
    public var timeout: Duration?

    public init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// What it answered.
public struct HTTPAnswer: Sendable {
    public let status: Int
    /// In their order, by lower-case name.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first of that name, in lower case.
    public subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// There is no answer.
public struct HTTPCallError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The URL or a header cannot be sent.
        case invalid
        /// Nobody is there, or the name is not known.
        case unreachable
        /// Who answers is not who he should be.
        case untrusted
        case timeout
        /// The connection broke.
        case lost
        /// The answer is longer than the client takes.
        case tooLarge = "too-large"
        /// The client was closed, or has too much to do.
        case refused
    }

    public let code: Code
    /// Without what a URL or a header may have of secrets.
    public let reason: String
    /// Whether the server may have got the request: then it may have done what it was asked.
    public let mayHaveArrived: Bool

    public init(_ code: Code, _ reason: String, mayHaveArrived: Bool) {
        self.code = code
        self.reason = reason
        self.mayHaveArrived = mayHaveArrived
    }

    public var description: String { "\(code.rawValue): \(reason)" }
}

/// Who sends calls: what providers need of a client.
public protocol HTTPCaller: Sendable {
    /// Sends it and waits for the answer, whatever its status; several threads may at once.
    func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer
}
