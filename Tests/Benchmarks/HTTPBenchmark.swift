internal import Glibc
internal import HTTPServer
internal import Runtime
internal import TestSupport

/// Answers per second under `wrk`, which runs on the same machine: at once, and suspended and resumed by another
/// thread. `TURNSTILE_BENCH_SECONDS` is the length of each run (5).
///
/// A rate below its floor is said and no more: the machine may be busy. A request that is lost, or an error, fails.
enum HTTPBenchmark {
    private static let immediateFloor = 60_000
    private static let resumedFloor = 40_000

    static func run(_ servers: TestServers) async throws {
        let seconds = getenv("TURNSTILE_BENCH_SECONDS").flatMap { Int(String(cString: $0)) } ?? 5
        let loops = getenv("TURNSTILE_BENCH_LOOPS").flatMap { Int(String(cString: $0)) } ?? 1
        try await onThread("http-benchmark") {
            let subject = try Subject(loops: loops)
            defer { subject.stop() }
            var failures: [String] = []
            let before = processorMicroseconds()
            let immediate = try Wrk.run(port: subject.port, path: "/immediate", connections: 64, seconds: seconds)
            let cost = (processorMicroseconds() - before) / Double(max(immediate.completed, 1))
            print(
                "http.immediate \(immediate.perSecond)/s errors \(immediate.errors) cpu \(rounded(cost)) µs each"
                    + verdict(immediate, floor: immediateFloor))
            if immediate.errors != 0 { failures.append("immediate: \(immediate.errors) errors") }
            for connections in [64, 256, 900] {
                let before = processorMicroseconds()
                let (report, lost) = try subject.resumed(connections, seconds)
                let cost = (processorMicroseconds() - before) / Double(max(report.completed, 1))
                print(
                    "http.resumed.\(connections) \(report.perSecond)/s lost \(lost) errors \(report.errors)",
                    "p99 \(report.p99) cpu \(rounded(cost)) µs each" + verdict(report, floor: resumedFloor))
                if lost != 0 || report.errors != 0 {
                    failures.append("resumed.\(connections): \(lost) requests lost, \(report.errors) errors")
                }
            }
            if !failures.isEmpty { throw Failure(description: failures.joined(separator: "; ")) }
        }
    }

    private static func verdict(_ report: Wrk.Report, floor: Int) -> String {
        report.perSecond < floor ? " floor missed: \(floor)/s" : ""
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}

/// What this process has used of the processors: a figure that other processes disturb less than the rate.
private func processorMicroseconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func microseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e6 + Double(time.tv_usec) }
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
}

private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

/// A server with both kinds of routes, and the thread that answers the deferred ones.
private final class Subject: Sendable {
    private let server: HTTPServer
    private let answerer: Answerer
    private let tally: HTTPTally

    var port: UInt16 { server.port(of: "bench") }

    init(loops: Int) throws {
        let tally = HTTPTally()
        let answerer = try Answerer()
        var router = Router()
        router.get("/immediate") { _ in Response(.ok, .text, .text("ok")) }
        router.get("/deferred") { _, responder in
            tally.handle()
            answerer.push(responder)
        }
        let hooks = ServerHooks(access: { record in
            if record.route == "/deferred" { tally.finish(record) }
        })
        var limits = HTTPLimits()
        // The connections of our own stand still while `wrk` runs.
        limits.idleTime = .seconds(3600)
        let listener = Listener("bench", port: 0, router: router, limits: limits, loops: loops)
        server = try HTTPServer(listeners: [listener], hooks: hooks)
        self.answerer = answerer
        self.tally = tally
    }

    func stop() {
        server.stop(within: .seconds(5))
        answerer.stop()
    }

    /// Runs `wrk` on the deferred route, between two checks of as many connections of our own that stay open.
    ///
    /// - Returns: its report, and how many requests were lost, plus how many of our connections no longer answered.
    func resumed(_ connections: Int, _ seconds: Int) throws -> (Wrk.Report, lost: Int) {
        let own = try (0..<min(connections, 256)).map { _ in try RawHTTPClient(port: port) }
        for client in own { _ = try client.exchange("GET", "/deferred") }
        settle(own.count)
        let before = tally.counts
        let report = try Wrk.run(port: port, path: "/deferred", connections: connections, seconds: seconds)
        // What was under way when `wrk` left is finished as soon as the server sees it gone.
        settle(own.count)
        let lost = (tally.counts - before).lost(completed: report.completed, connections: connections)
        let silent = own.count { (try? $0.exchange("GET", "/deferred").status) != 200 }
        return (report, lost + silent)
    }

    /// Waits until nothing is under way on any but our own connections; what still is after ten seconds is lost.
    private func settle(_ own: Int) {
        let deadline = time(nil) + 10
        while server.connectionCount != own || tally.counts.unfinished != 0, time(nil) < deadline { usleep(1000) }
    }
}

/// Answers on a thread of its own, in batches, as replies from a broker would.
private final class Answerer: Sendable {
    private let state = Lock<(waiting: [Responder], isStopping: Bool)>(([], false))
    private let semaphore: Semaphore
    private let thread: OwnedThread

    init() throws {
        let semaphore = Semaphore()
        self.semaphore = semaphore
        let box = Box()
        thread = try OwnedThread(name: "answerer") {
            while true {
                semaphore.wait()
                guard let answerer = box.get() else { continue }
                let (batch, isStopping) = answerer.take()
                for responder in batch { responder.answer(Response(.ok, .text, .text("ok"))) }
                if isStopping { return }
            }
        }
        box.set(self)
    }

    func push(_ responder: Responder) {
        let isFirst = state.withLock { state in
            state.waiting.append(responder)
            return state.waiting.count == 1
        }
        if isFirst { semaphore.signal() }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        semaphore.signal()
        thread.join()
    }

    private func take() -> ([Responder], Bool) {
        state.withLock { state in
            let batch = state.waiting
            state.waiting = []
            return (batch, state.isStopping)
        }
    }

    private final class Box: Sendable {
        private let value = Lock<Answerer?>(nil)
        func set(_ answerer: Answerer) { value.withLock { $0 = answerer } }
        func get() -> Answerer? { value.withLock { $0 } }
    }
}

private final class Semaphore: @unchecked Sendable {  // because: a semaphore is made for several threads
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(semaphore, 0, 0) }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }
    func wait() { while sem_wait(semaphore) != 0 {} }
    func signal() { sem_post(semaphore) }
}
