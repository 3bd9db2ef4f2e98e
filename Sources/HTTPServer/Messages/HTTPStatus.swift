/// The status code of a response.
public struct HTTPStatus: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public let code: Int

    /// - Parameter code: 200 to 599; interim answers are the server's own business.
    public init(_ code: Int) {
        precondition((200...599).contains(code), "\(code) is no final HTTP status")
        self.code = code
    }

    public init(integerLiteral code: Int) { self.init(code) }

    public var description: String { String(code) }

    /// Whether an answer with this status must not have a body.
    var forbidsBody: Bool { code == 204 || code == 304 }

    public static let ok: HTTPStatus = 200
    public static let created: HTTPStatus = 201
    public static let accepted: HTTPStatus = 202
    public static let noContent: HTTPStatus = 204
    public static let notModified: HTTPStatus = 304
    public static let badRequest: HTTPStatus = 400
    public static let unauthorized: HTTPStatus = 401
    public static let forbidden: HTTPStatus = 403
    public static let notFound: HTTPStatus = 404
    public static let methodNotAllowed: HTTPStatus = 405
    public static let requestTimeout: HTTPStatus = 408
    public static let conflict: HTTPStatus = 409
    public static let gone: HTTPStatus = 410
    public static let contentTooLarge: HTTPStatus = 413
    public static let uriTooLong: HTTPStatus = 414
    public static let unsupportedMediaType: HTTPStatus = 415
    public static let unprocessable: HTTPStatus = 422
    public static let tooManyRequests: HTTPStatus = 429
    public static let headerTooLarge: HTTPStatus = 431
    public static let internalServerError: HTTPStatus = 500
    public static let notImplemented: HTTPStatus = 501
    public static let serviceUnavailable: HTTPStatus = 503
}
