public import HTTPServer
internal import Runtime
internal import Tenancy

/// The way in: each operation's requests are looked over here before a handler sees them, so that handlers deal with
/// good keys, known media types and well-formed headers alone.
public struct Door: Sendable {
    public private(set) var router = Router()
    public private(set) var operations: [Operation] = []
    private let ring: KeyRing
    private let sessions: SessionCheck?
    private let limiter: RateLimiter
    private let proxies: TrustedProxies
    private let strangers: @Sendable () -> String

    public typealias Handler = @Sendable (Call) throws -> Void

    /// - Parameters:
    ///   - sessions: nil where no tokens are known: they are good nowhere then.
    ///   - proxies: whose word is taken for where requests come from.
    ///   - strangers: gives each refusal an id by which it can be told from others.
    public init(
        ring: KeyRing, sessions: SessionCheck? = nil, limiter: RateLimiter,
        proxies: TrustedProxies = TrustedProxies("127.0.0.1, ::1"), strangers: @escaping @Sendable () -> String
    ) {
        self.ring = ring
        self.sessions = sessions
        self.limiter = limiter
        self.proxies = proxies
        self.strangers = strangers
    }

    /// Adds an operation. The handler runs on the HTTP loop's thread or on the key ring's: it must not block, and sees
    /// to it that the call is answered, at once or later. A `Fault` that it throws is answered.
    public mutating func on(_ operation: Operation, _ handler: @escaping Handler) {
        operations.append(operation)
        let template = RouteParameters(of: operation.template)
        let (ring, sessions, limiter, proxies, strangers) = (ring, sessions, limiter, proxies, strangers)
        router.on(operation.method, operation.template, bodyLimit: operation.bodyLimit) {
            (request: borrowing Request, responder: Responder) in
            let visit: Visit
            do throws(Fault) {
                visit = try Visit(request, operation, template, proxies, responder)
            } catch {
                responder.answer(error.response(instance: request.path, requestId: strangers()))
                return
            }
            guard !operation.scopes.isEmpty else {
                visit.enter(nil, nil, strangers, handler)
                return
            }
            guard let key = visit.key else {
                guard operation.isOpen else {
                    visit.refuse(.unauthorized(operation.scopes), strangers)
                    return
                }
                visit.enter(nil, nil, strangers, handler)
                return
            }
            let enter: @Sendable (KeyRing.Verdict) -> Void = { verdict in
                switch verdict {
                case .bad: visit.refuse(.unauthorized(operation.scopes), strangers)
                case .unavailable: visit.refuse(.unavailable("The keys cannot be looked up at the moment."), strangers)
                case .good(let access):
                    guard operation.scopes.contains(where: access.scopes.contains) else {
                        visit.refuse(.forbidden(operation.scopes), strangers)
                        return
                    }
                    let standing = access.rateLimit.map {
                        limiter.take(visit.count, from: access.keyId, limit: $0)
                    }
                    visit.enter(access, standing, strangers, handler)
                }
            }
            guard SessionCheck.isMeant(key) else {
                ring.check(key, enter)
                return
            }
            enter(sessions?.check(key, at: visit.subDomain) ?? .bad)
        }
    }
}

extension Door {
    /// What the gateway says of the host that a request was sent to: the label in front of its domain.
    static let subDomainHeader = "X-Turnstile-Sub-Domain"
}

/// The names of a template's parameters, found once.
struct RouteParameters: Sendable {
    let names: [String]

    init(of template: String) {
        names = template.split(separator: "/").compactMap { part in
            part.hasPrefix("{") ? String(part.dropFirst().dropLast()) : nil
        }
    }
}

/// A request on its way through the door.
private struct Visit: Sendable {
    let operation: Operation
    let path: String
    let parameters: [String]
    let query: [(name: String, value: String)]
    let body: [UInt8]
    let key: String?
    let idempotencyKey: IdempotencyKey?
    let prefer: Prefer
    let trace: TraceContext?
    let lastEventId: String?
    let accept: String?
    let signatures: [String: String]
    let origin: String
    let subDomain: String?
    let responder: Responder

    init(
        _ request: borrowing Request, _ operation: Operation, _ template: RouteParameters, _ proxies: TrustedProxies,
        _ responder: Responder
    ) throws(Fault) {
        self.operation = operation
        self.responder = responder
        path = request.path
        var parameters: [String] = []
        for name in template.names { parameters.append(request.parameter(name)) }
        self.parameters = parameters
        query = operation.method == .get ? request.queryItems : []
        body = request.body
        key = operation.scopes.isEmpty ? nil : request.header("Authorization").flatMap(Self.bearer)
        prefer = try request.header("Prefer").map { field throws(Fault) in try Prefer(field) } ?? Prefer()
        if operation.method == .get {
            idempotencyKey = nil
            lastEventId = request.header("Last-Event-ID")
            accept = request.header("Accept")
        } else {
            idempotencyKey =
                try request.header("Idempotency-Key").map { field throws(Fault) in try IdempotencyKey(field) }
            lastEventId = nil
            accept = nil
            try Self.requireMediaType(request, operation)
        }
        var signatures: [String: String] = [:]
        if case .signed(let names) = operation.body {
            for name in names { signatures[name.lowercased()] = request.header(name) }
        }
        self.signatures = signatures
        // Looked at only where it matters, for it is made anew for each request.
        let isAddressed = operation.scopes.isEmpty && operation.method == .post
        let peer = isAddressed || operation.scopes.contains(.desk) ? request.remoteAddress.host : ""
        origin = isAddressed ? proxies.origin(peer: peer, forwarded: request.headers("X-Forwarded-For").last) : ""
        subDomain = peer.isEmpty || !proxies.trusts(peer) ? nil : request.header(Door.subDomainHeader)
        trace = request.header("traceparent").flatMap {
            TraceContext(traceparent: $0, tracestate: request.header("tracestate") ?? "")
        }
    }

    /// How many requests of a key's limit it counts for.
    var count: Int {
        guard operation.body == .lines else { return 1 }
        return max(1, body.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 })
    }

    private static func bearer(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    private static func requireMediaType(_ request: borrowing Request, _ operation: Operation) throws(Fault) {
        guard !request.body.isEmpty else { return }
        let wanted: String
        switch operation.body {
        case .none, .json: wanted = "application/json"
        case .lines: wanted = "application/x-ndjson"
        case .signed: return
        }
        let type = MediaType(request.header("Content-Type") ?? "")
        guard type.name == wanted else {
            throw Fault(.unsupportedMediaType, "The body must be \(wanted), and say so in “Content-Type”.")
        }
        guard type.isUTF8 else {
            throw Fault(
                .unsupportedMediaType,
                "The body must be in UTF-8, and “Content-Type” says charset=\(type.charset?.prefix(40) ?? "").")
        }
        guard let coding = request.header("Content-Encoding"), coding.lowercased() != "identity" else { return }
        throw Fault(
            .unsupportedMediaType,
            "The body must come as it is, and “Content-Encoding” says \(coding.prefix(40)): send it without a coding.",
            headers: ["Accept-Encoding": "identity"])
    }

    func refuse(_ fault: Fault, _ strangers: @Sendable () -> String) {
        responder.answer(fault.response(instance: path, requestId: strangers()))
    }

    func enter(
        _ access: Access?, _ standing: RateLimiter.Standing?, _ strangers: @escaping @Sendable () -> String,
        _ handler: Door.Handler
    ) {
        let headers = standing?.headers
        if let standing, !standing.isAllowed {
            refuse(.rateLimited(standing), strangers)
            return
        }
        let call = Call(
            operation: operation, access: access, path: path, parameters: parameters, query: query, body: body,
            idempotencyKey: idempotencyKey, prefer: prefer, trace: trace, lastEventId: lastEventId,
            accept: accept, signatures: signatures, origin: origin, subDomain: subDomain, headers: headers,
            strangers: strangers, responder: responder)
        do {
            try handler(call)
        } catch let fault as Fault {
            call.refuse(fault)
        } catch {
            call.refuse(Fault(.internalError, "The request could not be answered."))
        }
    }
}

extension Fault {
    public static let unauthorized = Fault(
        .unauthorized, "Send “Authorization: Bearer <key>” with a key that has not been revoked.",
        headers: ["WWW-Authenticate": "Bearer"])

    fileprivate static let sessionNeeded = Fault(
        .unauthorized,
        "Send “Authorization: Bearer tds_…” with the token of a login that has neither ended nor expired, to the host "
            + "of its account or to none's.", headers: ["WWW-Authenticate": "Bearer"])

    fileprivate static func unauthorized(_ scopes: [Scope]) -> Fault {
        scopes == [.desk] ? sessionNeeded : unauthorized
    }

    fileprivate static func forbidden(_ scopes: [Scope]) -> Fault {
        if scopes == [.desk] {
            return Fault(.forbidden, "The key is good, but this needs the token of a login: POST /v1/accounts/login.")
        }
        let names = scopes.filter { $0 != .desk }.map(\.rawValue).joined(separator: " or ")
        return Fault(.forbidden, "The key is good, but this needs one with the scope \(names).")
    }

    fileprivate static func rateLimited(_ standing: RateLimiter.Standing) -> Fault {
        var headers = standing.headers
        headers["Retry-After"] = String(standing.retryAfter)
        return Fault(
            .rateLimited, "This key may send \(standing.limit) requests a second here. Wait, then send it again.",
            headers: headers)
    }
}

extension RateLimiter.Standing {
    /// As the IETF's draft “RateLimit header fields for HTTP” has them.
    var headers: HTTPHeaders {
        [
            "RateLimit-Policy": "\"key\";q=\(limit);w=1",
            "RateLimit": "\"key\";r=\(remaining);t=\(max(1, retryAfter))",
        ]
    }
}
