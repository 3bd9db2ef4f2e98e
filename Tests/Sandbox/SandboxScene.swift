internal import Glibc
internal import HTTPClient
internal import Payments
internal import Postgres
internal import Runtime
internal import Synchronization
internal import TestSupport
internal import Ticketing
internal import Wire

/// The real process with a database of its own, and somebody whom it tells what happens.
final class SandboxScene {
    static let key = "sandbox-key"
    static let secret = "sandbox-secret"

    let database: TestDatabase
    let receiver: WebhookReceiver
    let port: UInt16
    private let settings: [String: String]
    private var process: Tool.Running?

    private init(_ database: TestDatabase, _ settings: [String: String]) throws {
        self.database = database
        self.settings = settings
        receiver = try WebhookReceiver()
        port = try Self.freePort()
        try start()
    }

    private static let serial = Atomic<Int>(0)

    /// One that nobody else of this program has, and nobody else of this machine listens on.
    static func freePort() throws -> UInt16 {
        for _ in 0..<100 {
            let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
            let port = UInt16(16_000 + (Int(getpid()) * 61 + number) % 2_000)
            if (try? RawHTTPClient(port: port)) == nil { return port }
        }
        throw Waited(what: "a port is free")
    }

    /// - Parameter settings: of the section, by the ends of their variables.
    static func with<Value: Sendable>(
        _ settings: [String: String] = [:], _ body: @escaping @Sendable (SandboxScene) throws -> Value
    ) async throws -> Value {
        try await TestDatabase.with { database in
            let scene = try SandboxScene(database, settings)
            defer { scene.end() }
            return try body(scene)
        }
    }

    private func end() {
        kill()
        receiver.stop()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func start() throws { process = try startAnother(on: port) }

    /// Of the same settings.
    func startAnother(on port: UInt16) throws -> Tool.Running {
        var environment = [
            "TURNSTILE_POSTGRES_URL": database.url, "TURNSTILE_SANDBOX_KEY": Self.key,
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": Self.secret,
            "TURNSTILE_SANDBOX_URL": url, "TURNSTILE_SANDBOX_WEBHOOK_URL": receiver.url,
            "TURNSTILE_SANDBOX_RETRY_FIRST": "20ms", "TURNSTILE_SANDBOX_RETRY_MOST": "200ms",
        ]
        for (name, value) in settings { environment["TURNSTILE_SANDBOX_\(name)"] = value }
        environment["TURNSTILE_SANDBOX_PORT"] = "\(port)"
        let process = try Tool.start(try Tool.built("turnstile-sandbox"), environment: environment)
        try waitUntil("it is ready") { (try? RawHTTPClient(port: port).exchange("GET", "/readyz"))?.status == 200 }
        return process
    }

    /// As `kill -9` does.
    func kill() {
        guard let process else { return }
        Glibc.kill(process.pid, SIGKILL)
        _ = try? process.outcome(within: .seconds(20))
        self.process = nil
    }

    /// - Returns: what it ends with.
    func terminate() throws -> Int32 {
        guard let process else { return -1 }
        Glibc.kill(process.pid, SIGTERM)
        let code = try process.outcome(within: .seconds(30)).code
        self.process = nil
        return code
    }

    func waitUntil(_ what: String, within patience: Duration = .seconds(30), _ holds: () throws -> Bool) throws {
        let time = SystemTime()
        let deadline = time.monotonic + patience
        while !(try holds()) {
            guard time.monotonic < deadline else { throw Waited(what: what) }
            usleep(5_000)
        }
    }

    struct Waited: Error, CustomStringConvertible {
        let what: String
        var description: String { "waited in vain until \(what)" }
    }

    // MARK: asking

    /// With its key, unless another one is given.
    func ask(
        _ method: String, _ path: String, _ body: String = "", key: String? = SandboxScene.key,
        type: String = "application/json", at port: UInt16? = nil
    ) throws -> RawHTTPResponse {
        var headers = key.map { ["Authorization: Bearer \($0)"] } ?? []
        if !body.isEmpty { headers.append("Content-Type: \(type)") }
        return try RawHTTPClient(port: port ?? self.port).exchange(method, path, headers: headers, body: body)
    }

    func json(_ method: String, _ path: String, _ body: String = "") throws -> (status: Int, body: JSONValue) {
        let answer = try ask(method, path, body)
        return (answer.status, try JSONValue(parsing: answer.body))
    }

    /// The reference of a payment that is made now.
    func made(_ key: String, amount: Int = 1_999, currency: String = "EUR") throws -> String {
        let (status, body) = try json("POST", "/payments", Self.order(key, amount: amount, currency: currency))
        guard status == 201, let reference = body["reference"]?.text else {
            throw Waited(what: "a payment is made: \(status) \(body)")
        }
        return reference
    }

    /// One that is made and paid.
    func paid(_ key: String, amount: Int = 1_999, _ more: String = "") throws -> String {
        let reference = try made(key, amount: amount)
        let answer = try pay(reference, #"{"outcome":"succeed"\#(more)}"#)
        guard answer.status == 200 else { throw Waited(what: "it is paid: \(answer.text)") }
        return reference
    }

    func pay(_ reference: String, _ body: String) throws -> RawHTTPResponse {
        try ask("POST", "/pay/\(reference)", body, key: nil)
    }

    func refund(_ reference: String, _ key: String, _ amount: Int, currency: String = "EUR") throws -> RawHTTPResponse {
        try ask(
            "POST", "/payments/\(reference)/refunds",
            #"{"refund":"rfd_1","amount":\#(amount),"currency":"\#(currency)","key":"\#(key)"}"#)
    }

    func dispute(_ reference: String, _ status: String, at port: UInt16? = nil) throws -> RawHTTPResponse {
        try ask("POST", "/payments/\(reference)/disputes", #"{"status":"\#(status)"}"#, at: port)
    }

    func status(of reference: String) throws -> String? {
        try json("GET", "/payments/\(reference)").body["status"]?.text
    }

    static func order(
        _ key: String, amount: Int = 1_999, currency: String = "EUR", tenant: String = "tnt_1"
    ) -> String {
        #"{"subject":{"tenant":"\#(tenant)","event":"evt_1","payment":"pay_1","reservation":"rsv_1"},"#
            + #""amount":\#(amount),"currency":"\#(currency)","key":"\#(key)"}"#
    }

    /// As an installation has it.
    func section(_ change: [String: String] = [:]) throws -> SandboxSection {
        var variables = [
            "TURNSTILE_SANDBOX_URL": url, "TURNSTILE_SANDBOX_KEY": Self.key,
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": Self.secret,
        ]
        variables.merge(change) { $1 }
        let settings = try Settings.load(file: nil, environment: variables, sections: [SandboxSection.self])
        return settings[SandboxSection.self]
    }

    func count(_ statement: SQL) throws -> Int {
        let connection = try PostgresConnection.connect(database.settings)
        defer { connection.close() }
        return Int(try connection.query(statement).one().get(0, as: Int64.self))
    }
}
