internal import API
internal import HTTPServer
internal import Postgres
internal import Runtime
internal import Tenancy
internal import Ticketing
internal import Wire

/// Lets tenants of the desk in and out: `POST /v1/accounts/login` and `/logout`.
///
/// Checking a password is dear on purpose, so it has a bounded number of threads. Who is not let in is told the same,
/// and as late, whether there is such an account or not.
final class LoginClerk: Sendable {
    private let pool: PostgresPool
    private let passwords: Passwords
    private let checking: Errands
    private let leaving = Errands("logouts", threads: 1, waiting: 1_000)
    private let seal: SessionSeal
    private let ended: EndedSessions
    private let directory: any TenantLookup
    private let lasting: Duration
    private let tries: Lock<LoginGuard>
    private let outcomes: MetricFamily<Counter>
    private let time: any TimeSource
    private let log: Log

    /// - Parameters:
    ///   - checking: whose threads check passwords. Others may use them, too.
    ///   - pool: of the control database, with a connection for each of those threads and one for logouts.
    init(
        _ section: AccountsSection, passwords: Passwords, checking: Errands, pool: PostgresPool, seal: SessionSeal,
        ended: EndedSessions, directory: any TenantLookup, metrics: Metrics, log: Log,
        time: any TimeSource = SystemTime()
    ) {
        self.passwords = passwords
        self.checking = checking
        self.pool = pool
        self.seal = seal
        self.ended = ended
        self.directory = directory
        self.log = log
        self.time = time
        lasting = .seconds(section.sessionHours * 3_600)
        var limits = LoginGuard.Limits()
        limits.freePerAccount = section.freeFailures
        limits.freePerAddress = section.freeFailuresPerAddress
        limits.pause = section.failurePause
        limits.longest = max(section.failurePause, section.longestFailurePause)
        tries = Lock(LoginGuard(limits))
        outcomes = metrics.counters(
            "turnstile_logins_total", "Logins, by what became of them.", labels: ["outcome"])
    }

    func start() throws { try leaving.start() }
    func stop() { leaving.stop() }

    func add(to door: inout Door) {
        door.on(.login) { [self] call in try logIn(call) }
        door.on(.logout) { [self] call in try logOut(call) }
    }

    // MARK: In

    private func logIn(_ call: Call) throws(Fault) {
        let form = try LoginForm(call.body)
        let tenant = try tenant(form, call)
        // Somebody who names nobody is counted, too.
        let counted = tenant ?? form.clientId ?? TenantId(high: 0, low: 0)
        if let wait = tries.withLock({ $0.admit(counted, from: call.origin, at: time.monotonic) }) {
            outcomes.with("slowed").add()
            throw .tooManyFailures(wait)
        }
        let errand = Errands.Errand(
            perform: { [self] in check(form.password, of: tenant, counted, call) },
            refuse: { call.refuse(.unavailable("This process is stopping.")) })
        guard checking.post(errand) else {
            tries.withLock { $0.withdraw(counted, from: call.origin) }
            outcomes.with("overloaded").add()
            throw .tooManyPasswords
        }
    }

    /// Whom the request is about: nil for what cannot be anybody's.
    private func tenant(_ form: LoginForm, _ call: Call) throws(Fault) -> TenantId? {
        guard let subDomain = call.subDomain else {
            guard let clientId = form.clientId else {
                throw .invalid("/clientId", "is missing: only at an account's own host name it may be left out")
            }
            return clientId
        }
        guard directory.isLoaded else { throw .unavailable("Accounts cannot be looked up at the moment.") }
        guard let place = directory.place(subDomain: subDomain) else { return nil }
        return form.clientId == nil || form.clientId == place.tenant ? place.tenant : nil
    }

    /// On one of the threads.
    private func check(_ password: String, of tenant: TenantId?, _ counted: TenantId, _ call: Call) {
        do {
            let known = try pool.withConnection(timeout: .milliseconds(500)) { connection in
                // Asked for in any case.
                try CredentialStore(connection).login(of: tenant ?? counted)
            }
            let stored = tenant == nil ? nil : known
            guard try passwords.isRight(password, for: stored?.passwordHash), let tenant, let stored else {
                outcomes.with("failed").add()
                call.refuse(.loginFailed)
                return
            }
            tries.withLock { $0.succeeded(counted, from: call.origin) }
            renew(stored.passwordHash, password, of: tenant)
            outcomes.with("succeeded").add()
            let session = Session(of: tenant, at: time.wall, lasting: lasting)
            call.answer(.session(session, token: seal.text(session), subDomain: stored.subDomain))
        } catch {
            tries.withLock { $0.withdraw(counted, from: call.origin) }
            outcomes.with("unavailable").add()
            log.warning("a password cannot be checked", error)
            call.refuse(.unavailable("Passwords cannot be checked at the moment."))
        }
    }

    /// One that was set at another cost is hashed anew while it is known. If not now, then at the next login.
    private func renew(_ stored: String, _ password: String, of tenant: TenantId) {
        do {
            guard try passwords.isOutdated(stored) else { return }
            let hash = try passwords.hash(password)
            try pool.withConnection(timeout: .milliseconds(500)) {
                try CredentialStore($0).replaceHash(stored, by: hash, of: tenant)
            }
        } catch {
            log.warning("a password cannot be hashed anew", error)
        }
    }

    // MARK: Out

    private func logOut(_ call: Call) throws(Fault) {
        guard let session = call.access?.session else { throw .notFound }
        let errand = Errands.Errand(
            perform: { [self] in end(session, call) },
            refuse: { call.refuse(.unavailable("This process is stopping.")) })
        guard leaving.post(errand) else { throw .unavailable("Too many log out at the moment.") }
    }

    private func end(_ session: Session, _ call: Call) {
        do {
            try pool.withConnection(timeout: .milliseconds(500)) { try SessionStore($0).end(session) }
            ended.insert(session)
            call.answer(Response(.noContent))
        } catch {
            log.warning("a session cannot be ended", error)
            call.refuse(.unavailable("The database is away: the session goes on. Send it again."))
        }
    }
}

extension Fault {
    static let loginFailed = Fault(
        .loginFailed, "There is no account with this client id and this password.",
        headers: ["WWW-Authenticate": "Bearer"])

    static let tooManyPasswords = Fault(
        .overloaded, "More passwords wait to be checked than can be soon. Nothing was done: send it again later.",
        headers: ["Retry-After": "2"])

    static func tooManyFailures(_ wait: Duration) -> Fault {
        let seconds = max(1, Int((wait.microseconds + 999_999) / 1_000_000))
        return Fault(
            .rateLimited, "Too many logins have failed, for this account or from this address. Wait, then try again.",
            headers: ["Retry-After": String(seconds)])
    }
}

extension Response {
    fileprivate static func session(_ session: Session, token: String, subDomain: String) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("subDomain")
        writer.string(subDomain)
        writer.key("token")
        writer.string(token)
        writer.field("expiresAt", Time(microseconds: session.expiresAt.microseconds))
        writer.endObject()
        return Response(.ok, .json, .bytes(writer.bytes), headers: ["Cache-Control": "no-store"])
    }
}
