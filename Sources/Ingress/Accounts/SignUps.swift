internal import API
internal import Desk
internal import HTTPServer
internal import Postgres
internal import Runtime
internal import Sealing
internal import Tenancy
internal import Ticketing
internal import Wire

/// Everything of `POST /v1/accounts` up to the command: looks at the form, hashes the password, stores who it is, and
/// chooses a sub-domain. What is personal stays here: the command says none of it.
///
/// The same request with the same key is the same account: its id, and with it everything else, follows from the key
/// and the e-mail address.
final class SignUps: Sendable {
    /// An account that is to be asked for.
    struct SignUp: Sendable {
        let id: CommandId
        /// The same bytes: who this will be.
        let tenant: TenantId
        let account: RequestAccount
        let call: Call
    }

    private static let mistakesPerHour = 10
    /// Each of them takes as long as a login.
    private static let repeatsPerHour = 60

    private let isOpen: Bool
    private let passwords: Passwords
    private let hashing: Errands
    private let pool: PostgresPool
    private let seal: RequestSeal
    private let limit: Lock<HourlyLimit>
    /// Requests that had somebody else's key, or another password.
    private let mistakes = Lock(HourlyLimit(SignUps.mistakesPerHour))
    /// Requests that had been taken before.
    private let repeats = Lock(HourlyLimit(SignUps.repeatsPerHour))
    private let outcomes: MetricFamily<Counter>
    private let time: any TimeSource
    private let log: Log
    private let publish: @Sendable (SignUp) -> Void

    /// - Parameters:
    ///   - hashing: whose threads hash passwords. Others may use them, too.
    ///   - pool: of the control database, with a connection for each of those threads.
    ///   - publish: called on one of those threads, once the credential is stored: from there on the call is its own.
    init(
        _ section: AccountsSection, passwords: Passwords, hashing: Errands, pool: PostgresPool, seal: RequestSeal,
        metrics: Metrics, log: Log, time: any TimeSource = SystemTime(),
        publish: @escaping @Sendable (SignUp) -> Void
    ) {
        isOpen = section.signUps
        self.passwords = passwords
        self.hashing = hashing
        self.pool = pool
        self.seal = seal
        self.time = time
        self.log = log
        self.publish = publish
        limit = Lock(HourlyLimit(section.signUpsPerHour))
        outcomes = metrics.counters(
            "turnstile_sign_ups_total", "Requests for accounts, by what became of them before their commands.",
            labels: ["outcome"])
    }

    /// Takes a request in; it is answered, now or later, unless this throws.
    func take(_ call: Call) throws(Fault) {
        // With a key it may be a request that was taken before, whose answer is asked for again.
        if call.idempotencyKey == nil { try requireOpen() }
        let form = try SignUpForm(call.body)
        let id = id(of: call, form)
        // Whoever sends it again has paid for it; whether somebody does, only the database can say.
        let isFresh = call.idempotencyKey == nil
        if isFresh { try pay(call.origin) }
        let errand = Errands.Errand(
            perform: { [self] in store(form, id, isPaid: isFresh, call) },
            refuse: { call.refuse(.unavailable("This process is stopping.")) })
        guard hashing.post(errand) else {
            outcomes.with("overloaded").add()
            throw .tooManyPasswords
        }
    }

    private func requireOpen() throws(Fault) {
        guard !isOpen else { return }
        outcomes.with("closed").add()
        throw Fault(.signUpsClosed, "No accounts are given out here at the moment.")
    }

    private func id(of call: Call, _ form: SignUpForm) -> CommandId {
        if let key = call.idempotencyKey {
            // There is no tenant yet whose key it could be: it is the address's.
            return CommandId(
                key, tenant: seal.scope(ofAccount: form.officialEmail), method: call.operation.method.description,
                path: call.operation.template)
        }
        var random = SecureRandom()
        return CommandId(milliseconds: time.wall.microseconds / 1_000, random: (random.next(), random.next()))
    }

    private func pay(_ address: String) throws(Fault) {
        guard let wait = limit.withLock({ $0.take(from: address, at: time.monotonic) }) else { return }
        outcomes.with("limited").add()
        throw Self.limited(wait)
    }

    private static func limited(_ seconds: Int) -> Fault {
        Fault(
            .rateLimited, "This address has asked for as many accounts as it may in an hour.",
            headers: ["Retry-After": String(seconds)])
    }

    // MARK: on the threads

    private func store(_ form: SignUpForm, _ id: CommandId, isPaid: Bool, _ call: Call) {
        let tenant = TenantId(high: id.high, low: id.low)
        do {
            var known = isPaid ? nil : try asking { try $0.credential(of: tenant) }
            if known == nil {
                try requireOpen()
                if !isPaid { try pay(call.origin) }
                let credential = Credential(
                    tenant: tenant, clientName: form.clientName, officialEmail: form.officialEmail,
                    passwordHash: try passwords.hash(form.password))
                // Two may have come at once: the second one has to be the same.
                if !(try asking({ try $0.insert(credential) })) { known = try asking { try $0.credential(of: tenant) } }
            }
            if let known, !(try isSame(form, known, call.origin)) {
                outcomes.with("other").add()
                call.refuse(
                    Fault(
                        .idempotencyKeyReused,
                        "This Idempotency-Key was used for a request with another body: take a new one."))
                return
            }
        } catch let fault as Fault {
            call.refuse(fault)
            return
        } catch {
            outcomes.with("unavailable").add()
            log.warning("a credential cannot be stored", error)
            call.refuse(.unavailable("Accounts cannot be stored at the moment."))
            return
        }
        outcomes.with("taken").add()
        let account = RequestAccount(subDomain: DeskName(SubDomain(naming: form.clientName, id).text))
        publish(SignUp(id: id, tenant: tenant, account: account, call: call))
    }

    /// Nobody tries out passwords here for long.
    private func isSame(_ form: SignUpForm, _ known: Credential, _ address: String) throws -> Bool {
        let now = time.monotonic
        if let wait = mistakes.withLock({ $0.wait(of: address, at: now) }) { throw Self.limited(wait) }
        if let wait = repeats.withLock({ $0.take(from: address, at: now) }) { throw Self.limited(wait) }
        let isSame =
            try passwords.isRight(form.password, for: known.passwordHash)
            && form.clientName == known.clientName && form.officialEmail == known.officialEmail
        if !isSame { _ = mistakes.withLock { $0.take(from: address, at: now) } }
        return isSame
    }

    private func asking<Value>(_ body: (CredentialStore) throws -> Value) throws -> Value {
        try pool.withConnection(timeout: .milliseconds(500)) { try body(CredentialStore($0)) }
    }
}
