internal import HTTPServer
internal import Wire

extension Parameter {
    /// The `{id}` of a path.
    static func id(_ component: Component, _ name: String = "id") -> Parameter {
        Parameter(
            name: name, place: .path, isRequired: true, schema: .component(component),
            text: "One that is malformed, unknown or another tenant's is 404.")
    }

    static func query(_ name: String, _ schema: Schema, _ text: String) -> Parameter {
        Parameter(name: name, place: .query, isRequired: false, schema: schema, text: text)
    }

    static func header(_ name: String, _ schema: Schema, _ text: String) -> Parameter {
        Parameter(name: name, place: .header, isRequired: false, schema: schema, text: text)
    }

    static let idempotencyKey = header(
        "Idempotency-Key",
        .string(pattern: #"^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}"(;.*)?)$"#).example(
            "8d9a0c44-2f5e-4e39-9a55-6a6e6c0d6c11"),
        """
        Makes a retry the same command: with the same key, path and body you get the stored answer again, with \
        `Idempotency-Replayed: true`, also if it is a refusal. Up to \(IdempotencyKey.longest) visible characters of \
        ASCII, bare or as a quoted string of structured fields. Keys of one tenant, method and path are kept for at \
        least seven days. Always send one: without it nobody can tell a retry from another wish.
        """)

    static let prefer = header(
        "Prefer", .string.example("wait=10"),
        """
        `wait=N` waits up to N seconds for the decision, 0 to \(Prefer.longest); `respond-async` does not wait. \
        Without it, the answer waits for up to 5 seconds. When the wait ends first, the answer is 202.
        """)

    static let preferToWait = header(
        "Prefer", .string.example("wait=10"),
        "`wait=N` waits up to N seconds for news, 0 to \(Prefer.longest). Without it, the answer comes at once.")

    static let traceparent = header(
        "traceparent", .string.example("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        "W3C Trace Context. It is carried through to everything that follows. One that is malformed is passed over.")

    static let ifNoneMatch = header(
        "If-None-Match", .string.example("\"v4711\""),
        "The `ETag` of an earlier answer: if nothing has changed since, the answer is 304 without a body.")

    static let limit = query("limit", .count(1...100).defaulting(to: 50), "How many items at most.")
    static let after = query("after", .string, "`next` of the page before. One that was made up is refused.")
}

extension Header {
    static let requestId = Header(
        name: "Request-Id", text: "Tells this request from all others; see `GET /v1/requests/{id}`.",
        schema: .component(.requestId), isRequired: true)

    static let replayed = Header(
        name: "Idempotency-Replayed", text: "There when this is the stored answer to an earlier request with the key.",
        schema: .words("true"))

    static let location = Header(
        name: "Location", text: "Where to ask what became of it.",
        schema: .string(pattern: "^/v1/requests/req_[0-9A-Za-z_-]+$").example(
            .string("/v1/requests/" + (Samples.request.text ?? ""))), isRequired: true)

    static let retryAfter = Header(
        name: "Retry-After", text: "In seconds.", schema: .integer(1...86_400).example(1), isRequired: true)

    static let tag = Header(
        name: "ETag", text: "For `If-None-Match`.", schema: .string.example("\"v4711\""), isRequired: true)

    static let challenge = Header(
        name: "WWW-Authenticate", text: "`Bearer`.", schema: .string.example("Bearer"), isRequired: true)

    static let rateLimit = Header(
        name: "RateLimit", text: "Where the key has a limit: what is left of it (`r`), and for how many seconds (`t`).",
        schema: .string.example("\"key\";r=99;t=1"))

    static let rateLimitPolicy = Header(
        name: "RateLimit-Policy", text: "Where the key has a limit: how many requests (`q`) in how many seconds (`w`).",
        schema: .string.example("\"key\";q=100;w=1"))
}

extension Header {
    /// What a problem of this status has besides.
    static func ofProblem(_ status: Int) -> [Header] {
        switch status {
        case 401: [.challenge]
        case 429: [.retryAfter] + Guide.limits
        case 503: [.retryAfter]
        default: []
        }
    }
}

extension Body {
    static func json(_ component: Component, _ examples: Example..., limit: Int? = nil) -> Body {
        Body(type: "application/json", schema: .component(component), examples: examples, limit: limit)
    }
}
