internal import HTTPServer
internal import Postgres
internal import Runtime

/// Threads that do what was asked for over HTTP, with a connection to the database each, and answer.
final class Clerks: Sendable {
    /// Asked on a thread where it may block.
    typealias Work = @Sendable (PostgresConnection) throws -> Response

    private struct Job: Sendable {
        let work: Work
        let responder: Responder
    }

    /// What waits at most: more than that is told to come again.
    private static let bound = 2_000

    private let pool: PostgresPool
    private let log: Log
    private let jobs = Mail<Job>(bound: bound)
    private let threads = Lock<[OwnedThread]>([])

    init(count: Int, database: PostgresSettings, options: PostgresPool.Options, log: Log) throws {
        var options = options
        options.size = count
        options.maximumBackoff = min(options.maximumBackoff, .milliseconds(500))
        pool = try PostgresPool(database, options: options)
        self.log = log
        for number in 1...count {
            let thread = try OwnedThread(name: "clerk-\(number)") { [self] in
                while let job = jobs.take() { perform(job) }
            }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Returns at once; the answer comes on another thread.
    func post(_ responder: Responder, _ work: @escaping Work) {
        guard jobs.put(Job(work: work, responder: responder)) else {
            responder.refuse(.unavailable("Too much is waiting."))
            return
        }
    }

    func stop() {
        for job in jobs.close() { job.responder.refuse(.unavailable("This process is stopping.")) }
        for thread in threads.withLock({ $0 }) { thread.join() }
        pool.close(grace: .milliseconds(500))
    }

    private func perform(_ job: Job) {
        do {
            job.responder.answer(try attempt(job.work, more: 1))
        } catch let problem as Problem {
            job.responder.refuse(problem)
        } catch {
            // Whether it was done is not known: whoever asks again with the same key finds out.
            log.warning("the database cannot be asked", error)
            job.responder.refuse(.unavailable("The database cannot be asked."))
        }
    }

    /// Nothing has happened where the error says that it may be tried again.
    private func attempt(_ work: Work, more: Int) throws -> Response {
        do {
            return try pool.withConnection(timeout: .seconds(2)) { try work($0) }
        } catch let error as PostgresError where error.isRetryable && more > 0 {
            return try attempt(work, more: more - 1)
        }
    }
}
