internal import API
internal import Postgres
internal import Runtime

/// Who has a desk: how they come, and how they go in and out. Its parts share the threads that are busy with passwords,
/// and connections of their own to the control database.
final class Accounts: Sendable {
    private let section: AccountsSection
    private let passwords: Passwords
    private let checking: Errands
    private let pool: PostgresPool
    private let logins: LoginClerk
    private let face: FaceProcess

    init(_ face: FaceProcess) throws {
        self.face = face
        section = face.settings[AccountsSection.self]
        passwords = try Passwords(section)
        checking = Errands("passwords", threads: section.passwordThreads, waiting: section.passwordsWaiting)
        var options = PostgresPool.Options(face.settings[PostgresSection.self])
        // One for each thread that checks, and one for those who leave.
        options.size = section.passwordThreads + 1
        options.maximumBackoff = min(options.maximumBackoff, .milliseconds(500))
        pool = try PostgresPool(face.control, options: options)
        logins = LoginClerk(
            section, passwords: passwords, checking: checking, pool: pool, seal: face.sessionSeal,
            ended: face.endedSessions, directory: face.directory, metrics: face.metrics, log: face.log)
    }

    /// What takes requests for accounts. Once in a process.
    ///
    /// - Parameter publish: called on a thread of the accounts' own once everything but the command is done.
    func signUps(publish: @escaping @Sendable (SignUps.SignUp) -> Void) -> SignUps {
        SignUps(
            section, passwords: passwords, hashing: checking, pool: pool, seal: face.seal, metrics: face.metrics,
            log: face.log, publish: publish)
    }

    func start() throws {
        try checking.start()
        try logins.start()
    }

    func add(to door: inout Door) { logins.add(to: &door) }

    func stop() {
        checking.stop()
        logins.stop()
        pool.close(grace: .milliseconds(200))
    }
}
