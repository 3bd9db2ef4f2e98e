import Glibc
import Runtime
import TestSupport
import Testing

/// Workers as processes, each started again when it was killed.
final class WorkerPool {
    private let start: () throws -> Tool.Running
    private var workers: [Tool.Running] = []
    private(set) var kills = 0

    init(workers count: Int, _ start: @escaping () throws -> Tool.Running) throws {
        self.start = start
        for _ in 0..<count { workers.append(try start()) }
    }

    func killAndRestart(_ index: Int) throws {
        kill(workers[index].pid, SIGKILL)
        kills += 1
        workers[index] = try start()
    }

    /// Ends them in an orderly way.
    func drain() throws {
        for worker in workers { kill(worker.pid, SIGTERM) }
        for worker in workers {
            let outcome = try worker.outcome(within: .seconds(30))
            #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        }
        workers = []
    }

    func abandon() {
        for worker in workers { kill(worker.pid, SIGKILL) }
    }
}
