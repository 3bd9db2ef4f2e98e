public import HTTPServer

/// Why a request was refused before any rule book saw it. What rule books refuse has codes of its own (`Refusal`).
public enum FaultCode: String, CaseIterable, Hashable, Sendable {
    case invalidRequest = "invalid-request"
    case invalidName = "invalid-name"
    case unauthorized
    case loginFailed = "login-failed"
    case forbidden
    case signUpsClosed = "sign-ups-closed"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case conflict
    case gone
    case bodyTooLarge = "body-too-large"
    case targetTooLong = "target-too-long"
    case headerTooLarge = "header-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case idempotencyKeyReused = "idempotency-key-reused"
    case requestTimeout = "request-timeout"
    case rateLimited = "rate-limited"
    case overloaded
    case unavailable
    case outcomeUnknown = "outcome-unknown"
    case transferCodingUnknown = "transfer-coding-unknown"
    case internalError = "internal-error"

    public var status: HTTPStatus {
        switch self {
        case .invalidRequest: 400
        case .unauthorized, .loginFailed: 401
        case .forbidden, .signUpsClosed: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict: 409
        case .gone: 410
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unsupportedMediaType: 415
        case .invalidName, .idempotencyKeyReused: 422
        case .rateLimited: 429
        case .headerTooLarge: 431
        case .internalError: 500
        case .transferCodingUnknown: 501
        case .overloaded, .unavailable, .outcomeUnknown: 503
        }
    }

    public var title: String {
        switch self {
        case .invalidRequest: "The request is not valid"
        case .invalidName: "Nothing can have this name"
        case .unauthorized: "A good key is needed"
        case .loginFailed: "The login failed"
        case .forbidden: "The key does not allow this"
        case .signUpsClosed: "No accounts are given out"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "This path does not take this method"
        case .conflict: "Things are not so that this could be done"
        case .gone: "It is no longer kept"
        case .bodyTooLarge: "The body is too large"
        case .targetTooLong: "The URL is too long"
        case .headerTooLarge: "The header is too large"
        case .unsupportedMediaType: "The body has another media type than is taken here"
        case .idempotencyKeyReused: "The idempotency key was used for another request"
        case .requestTimeout: "The request did not arrive in time"
        case .rateLimited: "Too many requests"
        case .overloaded: "More is waiting than can be decided soon"
        case .unavailable: "Something that is needed is away"
        case .outcomeUnknown: "Whether the request was accepted is not known"
        case .transferCodingUnknown: "The transfer coding is not known"
        case .internalError: "The request could not be answered"
        }
    }
}
