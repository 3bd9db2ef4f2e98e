/// An answer to a request.
///
/// The server adds `Date`, `Content-Length` and what concerns the connection, compresses where the client accepts it,
/// and makes a 304 of a 200 whose `tag` the client has already.
public struct Response: Sendable {
    public var status: HTTPStatus
    public var headers: HTTPHeaders
    /// Sent as `Content-Type` when there is a body.
    public var contentType: ContentType?
    public var body: ResponseBody
    /// The strong validator of the body: sent as `ETag` and compared with the request's `If-None-Match`.
    public var tag: EntityTag?

    public init(
        _ status: HTTPStatus, _ contentType: ContentType? = nil, _ body: ResponseBody = .none,
        headers: HTTPHeaders = [:], tag: EntityTag? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
        if case .prepared(let prepared) = body.storage { self.tag = tag ?? prepared.tag } else { self.tag = tag }
    }

    /// 304, for a handler that found with `Request.has(_:)` that the client is up to date and makes no body at all.
    /// (Where the body is there anyway, give it with its `tag`: the server makes the 304, with the right length. Here
    /// the library states a length of 0, which clients pass over.)
    public static func notModified(_ tag: EntityTag, headers: HTTPHeaders = [:]) -> Response {
        Response(.notModified, headers: headers, tag: tag)
    }
}

/// A media type, as `Content-Type` carries it.
public struct ContentType: Sendable, Hashable, ExpressibleByStringLiteral {
    public let value: String
    /// Whether bytes of this type get smaller by compression.
    let compresses: Bool

    public init(stringLiteral value: String) { self.init(value) }

    public init(_ value: String) {
        self.value = value
        compresses =
            value.hasPrefix("text/") || ["json", "xml", "javascript", "svg"].contains { value.contains($0) }
    }

    public static let json: ContentType = "application/json"
    public static let problem: ContentType = "application/problem+json"
    public static let ndjson: ContentType = "application/x-ndjson"
    public static let text: ContentType = "text/plain; charset=utf-8"
    public static let html: ContentType = "text/html; charset=utf-8"
    public static let eventStream: ContentType = "text/event-stream"
    public static let svg: ContentType = "image/svg+xml"
    public static let png: ContentType = "image/png"
}
