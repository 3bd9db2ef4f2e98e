/// Why a request was refused, as RFC 9457 wants it told.
///
/// A handler may throw one; the server makes them for what it refuses itself. `ServerHooks.problem` turns it into
/// a response.
public struct Problem: Error, Sendable {
    public var status: HTTPStatus
    /// Stable and kebab-case: what a client program looks at.
    public var code: String
    public var title: String
    public var detail: String?
    /// Sent along, such as `Allow` or `Retry-After`.
    public var headers: HTTPHeaders

    public init(
        _ status: HTTPStatus, _ code: String, _ title: String, detail: String? = nil, headers: HTTPHeaders = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = headers
    }

    /// `application/problem+json` with type, title, status, detail and code.
    public var response: Response {
        var json = JSONText()
        json.open()
        json.member("type", "about:blank")
        json.member("title", title)
        json.member("status", status.code)
        if let detail { json.member("detail", detail) }
        json.member("code", code)
        json.close()
        return Response(status, .problem, .bytes(json.bytes), headers: headers)
    }
}

extension Problem {
    static func malformed(_ detail: String) -> Problem {
        Problem(.badRequest, "malformed-request", "The request is not valid HTTP", detail: detail)
    }

    static let notFound = Problem(.notFound, "not-found", "There is nothing at this path")

    static func methodNotAllowed(allow: String) -> Problem {
        Problem(
            .methodNotAllowed, "method-not-allowed", "This path does not take this method",
            detail: "It takes \(allow).", headers: ["Allow": allow])
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "body-too-large", "The request's body is too large",
            detail: "At most \(limit) bytes are taken here.")
    }

    static func targetTooLong(limit: Int) -> Problem {
        Problem(
            .uriTooLong, "target-too-long", "The request's URL is too long", detail: "At most \(limit) bytes are taken."
        )
    }

    static func headerTooLarge(limit: Int) -> Problem {
        Problem(
            .headerTooLarge, "header-too-large", "The request's header is too large",
            detail: "At most \(limit) bytes are taken, the request line included.")
    }

    static let bodyBudget = Problem(
        .serviceUnavailable, "overloaded", "Too many request bodies are being received", headers: ["Retry-After": "1"])

    static let tooSlow = Problem(
        .requestTimeout, "request-timeout", "The request did not arrive completely in time")

    static let transferCoding = Problem(
        .notImplemented, "transfer-coding-unknown", "The only transfer coding taken is “chunked”")

    static let unanswered = Problem(.internalServerError, "internal-error", "The request could not be answered")

    static let overdue = Problem(
        .serviceUnavailable, "unavailable", "The answer took too long", headers: ["Retry-After": "1"])

    static let stopping = Problem(
        .serviceUnavailable, "unavailable", "The server is stopping", headers: ["Retry-After": "1"])
}
