/// Answers on the loop's own thread, so it must not block: it answers from memory.
public typealias ImmediateHandler = @Sendable (borrowing Request) throws -> Response

/// Takes the request in on the loop's own thread, and sees to it that the responder is answered: at once, or later
/// from any thread. What it needs of the request later it copies out; the compiler holds it to that.
public typealias DeferredHandler = @Sendable (borrowing Request, Responder) throws -> Void

/// What a path template and a method lead to.
final class Route: Sendable {
    enum Handler: Sendable {
        case immediate(ImmediateHandler)
        case deferred(DeferredHandler)
    }

    let method: HTTPMethod
    let template: RouteTemplate
    /// Nil: the listener's limit.
    let bodyLimit: Int?
    let handler: Handler

    init(method: HTTPMethod, template: RouteTemplate, bodyLimit: Int?, handler: Handler) {
        self.method = method
        self.template = template
        self.bodyLimit = bodyLimit
        self.handler = handler
    }
}
