internal import API
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

/// Answers what is asked for by its id, from the primary: what is asked for at the same time is looked up together.
final class RecordDesk: Sendable {
    typealias Answer = @Sendable (Result<Record, Fault>) -> Void

    private struct Job: Sendable {
        let lookup: Lookup
        let tenant: TenantId
        let then: Answer
    }

    private let desk: DatabaseDesk<Job>

    init(_ database: PostgresSettings, cache: FactsCache, threads: Int, log: Log) throws {
        var options = DatabaseDesk<Job>.Options(name: "records")
        options.threads = threads
        let lines = WaitingLines()
        desk = try DatabaseDesk(
            options, database: database, log: log,
            work: DatabaseDesk.Work(
                perform: { jobs, connection in
                    try Self.perform(jobs, RecordsReader(session: connection, cache: cache, lines: lines), log)
                }, refuse: { job, refusal in job.then(.failure(refusal.fault)) }))
    }

    /// - Parameter then: called on another thread, or at once with a refusal. What is another tenant's is not found.
    func find(_ lookup: Lookup, of tenant: TenantId, _ then: @escaping Answer) {
        desk.post(Job(lookup: lookup, tenant: tenant, then: then))
    }

    var isAway: Bool { desk.isAway }
    func stop() { desk.stop() }

    private static func perform(_ jobs: [Job], _ reader: RecordsReader, _ log: Log) throws {
        let found: [Lookup: Record]
        do {
            found = try reader.read(Set(jobs.map(\.lookup)))
        } catch let error as BrokenRow {
            // A row that makes no sense must not stand in the way of the others.
            guard jobs.count > 1 else {
                log.error("what is stored cannot be read", error)
                for job in jobs { job.then(.failure(.broken)) }
                return
            }
            for job in jobs {
                do {
                    try perform([job], reader, log)
                } catch {
                    job.then(.failure(DatabaseDesk<Job>.Refusal.unavailable.fault))
                }
            }
            return
        }
        for job in jobs {
            if let record = found[job.lookup], record.tenant == job.tenant {
                job.then(.success(record))
            } else {
                job.then(.failure(.notFound))
            }
        }
    }
}

extension Fault {
    static let broken = Fault(.internalError, "What is stored of this cannot be read.")
}
