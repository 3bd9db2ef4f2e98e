internal import API
internal import HTTPServer
internal import Runtime
internal import Sealing
internal import Ticketing

/// What a request for a command is, before its body is read.
struct CommandRequest {
    var method: String
    var path: String
    var body: [UInt8]
    var key: IdempotencyKey?
    var trace: TraceContext?
    var tenant: TenantId

    init(
        method: String, path: String, body: [UInt8], key: IdempotencyKey?, trace: TraceContext?, tenant: TenantId
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.key = key
        self.trace = trace
        self.tenant = tenant
    }

    init(_ call: Call) { self.init(call, of: call.tenant) }

    init(_ call: Call, of tenant: TenantId) {
        self.init(
            method: call.operation.method.description, path: call.path, body: call.body, key: call.idempotencyKey,
            trace: call.trace, tenant: tenant)
    }

    /// The same for the same request with a key; without one, another each time.
    func makeId() -> CommandId {
        CommandId.make(key, of: tenant, method: method, path: path) { SecureRandom.pair() }
    }
}

extension CommandId {
    /// - Parameter random: from the system: nobody must be able to take an id before it is used.
    static func make(
        _ key: IdempotencyKey?, of tenant: TenantId, method: String, path: String, random: () -> (UInt64, UInt64)
    ) -> CommandId {
        if let key { return CommandId(key, tenant: tenant, method: method, path: path) }
        return CommandId(milliseconds: SystemTime().wall.microseconds / 1_000, random: random())
    }
}
