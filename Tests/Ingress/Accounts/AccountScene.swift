import API
import Desk
import Glibc
import HTTPServer
import Postgres
import Runtime
import Schema
import Sealing
import Tenancy
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Ingress

/// What an ingress has for accounts, over HTTP, with a control database and without a broker. What asks for an account
/// ends here: the test is told.
final class AccountScene: Sendable {
    let database: TestDatabase
    let proxy: FaultProxy
    let directory = StandInDirectory()
    let seal: SessionSeal
    let requests: RequestSeal
    let signedUp = Lock<[SignUps.SignUp]>([])
    let errands: Errands
    let metrics = Metrics()
    private let logins: LoginClerk
    private let ended: EndedSessions
    private let ring: KeyRing
    private let pool: PostgresPool
    private let http: HTTPServer

    /// Needs the token of a session, and says whose it is.
    static let probe = API.Operation("probe", .ingress, .get, "/probe", [.desk])
    static let password = "correct horse battery staple"

    /// - Parameter environment: settings of the section `accounts`, by the end of their variables.
    static func with(
        _ environment: [String: String] = [:], startsErrands: Bool = true,
        _ body: @escaping @Sendable (AccountScene) throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let scene = try AccountScene(database, environment, startsErrands)
            defer { scene.stop() }
            try body(scene)
        }
    }

    private init(_ database: TestDatabase, _ environment: [String: String], _ startsErrands: Bool) throws {
        self.database = database
        let control = try PostgresConnection.connect(database.settings)
        _ = try Migrator.migrate(control, to: try Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
        control.close()
        proxy = try FaultProxy(to: UInt16(database.settings.hosts[0].port))
        var settings = database.settings
        settings.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
        settings.encryption = .disable
        // A busy machine is no database that is away.
        settings.connectTimeout = .seconds(10)
        settings.responseTimeout = .seconds(10)
        let pool = try PostgresPool(settings)
        self.pool = pool
        let key = try HMACKey([UInt8](repeating: 7, count: 32))
        seal = SessionSeal(key)
        requests = RequestSeal(key)
        var endedOptions = EndedSessions.Options()
        endedOptions.refresh = .milliseconds(20)
        ended = try EndedSessions(pool: pool, options: endedOptions, log: .none)
        ring = try KeyRing(pool: pool, log: .none)
        let variables = Dictionary(
            uniqueKeysWithValues: (["PASSWORD_COST": "lowest"].merging(environment) { $1 }).map {
                ("TURNSTILE_ACCOUNTS_\($0)", $1)
            })
        let section = try Runtime.Settings.load(file: nil, environment: variables, sections: [AccountsSection.self])[
            AccountsSection.self]
        let passwords = try Passwords(section)
        errands = Errands("passwords", threads: section.passwordThreads, waiting: section.passwordsWaiting)
        logins = LoginClerk(
            section, passwords: passwords, checking: errands, pool: pool, seal: seal, ended: ended,
            directory: directory, metrics: metrics, log: .none)
        let signUps = SignUps(
            section, passwords: passwords, hashing: errands, pool: pool, seal: requests, metrics: metrics, log: .none
        ) { [signedUp] signUp in
            signedUp.withLock { $0.append(signUp) }
            // As a worker would, when the account is ready.
            signUp.call.answer(
                Response(
                    .created, .json,
                    .text(
                        """
                        {"clientId":"\(signUp.tenant.text)","subDomain":"\(signUp.account.subDomain.text)",\
                        "status":"active","decision":{"partition":1,"sequence":1,\
                        "decidedAt":"2026-11-20T09:05:00.000000Z"}}
                        """), headers: ["Request-Id": "req_test"]))
        }
        var door = Door(
            ring: ring, sessions: SessionCheck(seal, ended: ended, directory: directory), limiter: RateLimiter(),
            strangers: { "req_test" })
        logins.add(to: &door)
        door.on(.createAccount) { try signUps.take($0) }
        door.on(Self.probe) { call in
            call.answer(Response(.ok, .json, .text("{\"tenant\":\"\(call.tenant.text)\"}")))
        }
        http = try HTTPServer(
            listeners: [Listener("accounts", port: 0, router: door.router)],
            hooks: .face(FaceMetrics(Metrics()), log: .none, strangers: { "req_test" }))
        try logins.start()
        if startsErrands { try errands.start() }
        // Until then nobody can say who has left.
        while ended.age == nil { usleep(1_000) }
    }

    private func stop() {
        http.stop(within: .milliseconds(100))
        errands.stop()
        logins.stop()
        ended.stop()
        ring.stop()
        pool.close(grace: .milliseconds(100))
        proxy.stop()
    }

    // MARK: what clients do

    func client() throws -> RawHTTPClient { try RawHTTPClient(port: http.port(of: "accounts"), timeout: 30) }

    /// - Parameters:
    ///   - address: as a gateway tells it.
    ///   - host: the sub-domain, as a gateway tells it.
    func send(
        _ operation: API.Operation, _ body: String = "", token: String? = nil, from address: String = "192.0.2.1",
        at host: String? = nil, idempotencyKey: String? = nil
    ) throws -> ShopClient.Answer {
        var headers = ["X-Forwarded-For: \(address)"]
        if !body.isEmpty { headers.append("Content-Type: application/json") }
        if let token { headers.append("Authorization: Bearer \(token)") }
        if let host { headers.append("X-Turnstile-Sub-Domain: \(host)") }
        if let idempotencyKey { headers.append("Idempotency-Key: \(idempotencyKey)") }
        let response = try client().exchange(
            operation.method.description, operation.template, headers: headers, body: body)
        if operation.guide != nil {
            Conformance.check(operation, status: response.status, headers: response.headers, body: response.body)
        }
        return ShopClient.Answer(response)
    }

    func logIn(
        _ tenant: TenantId?, _ password: String = password, from address: String = "192.0.2.1", at host: String? = nil
    ) throws -> ShopClient.Answer {
        let id = tenant.map { "\"clientId\":\"\($0.text)\"," } ?? ""
        return try send(.login, "{\(id)\"password\":\"\(password)\"}", from: address, at: host)
    }

    func signUp(
        _ name: String = "Acme", email: String = "a@acme.example", password: String = password,
        from address: String = "192.0.2.1", idempotencyKey: String? = nil
    ) throws -> ShopClient.Answer {
        let body = "{\"clientName\":\"\(name)\",\"officialEmail\":\"\(email)\",\"password\":\"\(password)\"}"
        return try send(.createAccount, body, from: address, idempotencyKey: idempotencyKey)
    }

    // MARK: what is there

    func connected<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        let connection = try PostgresConnection.connect(database.settings)
        defer { connection.close() }
        return try body(connection)
    }

    /// A tenant with an account, as the sign-up and a worker leave it.
    func makeTenant(_ number: UInt64, cost: Password.Cost = .lowest) throws -> TenantPlace {
        let tenant = TenantId(high: 9, low: number)
        let place = TenantPlace(
            tenant: tenant, subDomain: "tenant-\(number)", status: .active, store: "main",
            database: "desk_\(number)", partition: 0, version: Int64(number), changedAt: Timestamp(microseconds: 0))
        let hash = try Password.hash(Self.password, cost: cost)
        try connected { connection in
            _ = try CredentialStore(connection).insert(
                Credential(tenant: tenant, clientName: "T", officialEmail: "t@t.example", passwordHash: hash))
            try connection.execute(
                """
                INSERT INTO account (tenant, sub_domain, status, store, database, partition, command, payload,
                    requested_at, version)
                VALUES ($1, $2, 1, 'main', $3, 0, $1, 'x', now(), next_directory_version())
                """, PostgresUUID(high: tenant.high, low: tenant.low), place.subDomain, place.database)
        }
        directory.places.withLock { $0.append(place) }
        return place
    }

    func metric(_ line: String) -> Int? {
        String(decoding: metrics.text(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(line + " ") }.flatMap { Int($0.dropFirst(line.count + 1)) }
    }
}

/// A directory that a test writes.
final class StandInDirectory: TenantLookup {
    let places = Lock<[TenantPlace]>([])
    let loaded = Lock(true)

    subscript(tenant: TenantId) -> TenantPlace? { places.withLock { $0.first { $0.tenant == tenant } } }
    func place(subDomain: String) -> TenantPlace? { places.withLock { $0.first { $0.subDomain == subDomain } } }
    var isLoaded: Bool { loaded.withLock { $0 } }
}
