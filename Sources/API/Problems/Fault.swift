public import HTTPServer
public import Wire

/// A refusal that no rule book decided, as a handler throws or answers it.
public struct Fault: Error, Sendable {
    public var code: FaultCode
    /// What is wrong here, and what to do about it.
    public var detail: String
    /// What is wrong with a body, value by value.
    public var errors: [Wire.Problem]
    /// Sent along, such as `Retry-After`.
    public var headers: HTTPHeaders

    public init(_ code: FaultCode, _ detail: String, errors: [Wire.Problem] = [], headers: HTTPHeaders = [:]) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// A body that cannot be read as what it should be.
    public init(_ malformed: Malformed) {
        let isName = malformed.status == 422
        self.init(
            isName ? .invalidName : .invalidRequest,
            isName
                ? "The body names what cannot exist: see “errors”."
                : "The body is not what this route takes: see “errors”.", errors: malformed.problems)
    }

    public static func unavailable(_ detail: String, retryAfter seconds: Int = 1) -> Fault {
        Fault(.unavailable, detail, headers: ["Retry-After": String(seconds)])
    }

    public static func invalid(_ pointer: String, _ message: String) -> Fault {
        Fault(
            .invalidRequest, "“\(pointer)” \(message).",
            errors: [Wire.Problem(pointer: pointer, message: message)])
    }

    /// What a malformed id, another tenant's and one of nothing have in common.
    public static let notFound = Fault(.notFound, "There is nothing of yours with this id.")
}

extension Fault {
    /// `application/problem+json` (RFC 9457).
    ///
    /// - Parameters:
    ///   - instance: the request's path.
    ///   - requestId: nil where there is none to be told apart by.
    public func response(instance: String, requestId: String? = nil) -> Response {
        var headers = headers
        if let requestId { headers["Request-Id"] = requestId }
        return Response(
            code.status, .problem, .bytes(object(instance: instance, requestId: requestId)), headers: headers)
    }

    /// The problem alone.
    public func object(instance: String? = nil, requestId: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("/problems/" + code.rawValue)
        writer.key("title")
        writer.string(code.title)
        writer.key("status")
        writer.integer(code.status.code)
        writer.key("detail")
        writer.string(detail)
        if let instance {
            writer.key("instance")
            writer.string(instance)
        }
        writer.key("code")
        writer.string(code.rawValue)
        if let requestId {
            writer.key("requestId")
            writer.string(requestId)
        }
        if !errors.isEmpty {
            writer.array("errors", errors) { writer, problem in
                writer.beginObject()
                writer.key("pointer")
                writer.string(problem.pointer)
                writer.key("message")
                writer.string(problem.message)
                writer.endObject()
            }
        }
        writer.endObject()
        return writer.bytes
    }
}
