public import HTTPServer
public import Runtime
public import Ticketing
internal import Wire

/// A request that has passed the door: who sent it, and what of it a handler needs, copied out.
public struct Call: Sendable {
    public let operation: Operation
    /// Nil where no key is needed.
    public let access: Access?
    /// As it was sent, without the query.
    public let path: String
    /// The path's `{…}`, in their order.
    public let parameters: [String]
    public let query: [(name: String, value: String)]
    public let body: [UInt8]
    public let idempotencyKey: IdempotencyKey?
    public let prefer: Prefer
    public let trace: TraceContext?
    /// Of a stream of events that a client takes up again.
    public let lastEventId: String?
    /// What kinds of answers a reader wants.
    public let accept: String?
    /// Of a signed body: the headers with its signature, by lower-case name.
    public let signatures: [String: String]
    /// Where no key is needed: who sent it, by address, as the gateway tells. Of IPv6, the network.
    public let origin: String
    /// Whose host it was sent to, as the gateway tells; nil where it was nobody's in particular. Only where a session
    /// or no key is needed.
    public var subDomain: String?
    let headers: HTTPHeaders?
    let strangers: @Sendable () -> String
    public let responder: Responder

    /// Whether a stream of events is asked for.
    public var acceptsEvents: Bool { accept?.contains("text/event-stream") ?? false }

    /// The caller's tenant. Only where the operation's scopes are a tenant's.
    public var tenant: TenantId {
        guard let tenant = access?.tenant else { preconditionFailure("“\(operation.name)” is not a tenant's") }
        return tenant
    }

    /// The same on behalf of a tenant that the request itself names, where no key does.
    public func acting(for tenant: TenantId) -> Call {
        Call(
            operation: operation, access: Access(keyId: "", tenant: tenant, scopes: []), path: path,
            parameters: parameters, query: query, body: body, idempotencyKey: idempotencyKey, prefer: prefer,
            trace: trace, lastEventId: lastEventId, accept: accept, signatures: signatures, origin: origin,
            subDomain: subDomain, headers: headers, strangers: strangers, responder: responder)
    }

    /// The first parameter of the path.
    public var id: String { parameters.first ?? "" }

    public subscript(query name: String) -> String? { query.first { $0.name == name }?.value }

    /// - Throws: a fault that names a parameter of the query which the route does not have, or has twice.
    public func allowOnly(_ names: Set<String>) throws(Fault) {
        var seen: Set<String> = []
        for (name, _) in query {
            guard names.contains(name) else { throw .invalid(name, "is no parameter of this route") }
            guard seen.insert(name).inserted else { throw .invalid(name, "is there twice") }
        }
    }

    public func answer(_ response: Response) {
        guard let headers else {
            responder.answer(response)
            return
        }
        var response = response
        response.headers.add(headers)
        responder.answer(response)
    }

    /// - Parameter requestId: where the request has none of its own, it gets one to be told apart by.
    public func refuse(_ fault: Fault, requestId: String? = nil) {
        answer(fault.response(instance: path, requestId: requestId ?? strangers()))
    }

    /// Refuses in the rule book's words what it need not be asked.
    package func refuse(_ kind: Refusal.Kind, _ detail: String, requestId: String) {
        let code = ProblemCode.refusal(kind)
        var writer = JSONWriter()
        writer.beginObject()
        for (name, text) in [
            ("type", "/problems/" + code.text), ("title", code.title), ("detail", detail), ("instance", path),
            ("code", code.text), ("requestId", requestId),
        ] as [(StaticString, String)] {
            writer.key(name)
            writer.string(text)
        }
        writer.key("status")
        writer.integer(code.status)
        writer.endObject()
        answer(
            Response(
                HTTPStatus(code.status), .problem, .bytes(writer.bytes), headers: ["Request-Id": requestId]))
    }
}
