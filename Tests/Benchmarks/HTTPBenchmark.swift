internal import Glibc
internal import HTTPServer
internal import Runtime
internal import Synchronization
internal import TestSupport

/// Answers per second under `wrk`, which runs on the same machine: at once, and suspended and resumed by another
/// thread. `TURNSTILE_BENCH_SECONDS` is the length of each run (5).
enum HTTPBenchmark {
    static func run(_ servers: TestServers) async throws {
        let seconds = getenv("TURNSTILE_BENCH_SECONDS").flatMap { Int(String(cString: $0)) } ?? 5
        let loops = getenv("TURNSTILE_BENCH_LOOPS").flatMap { Int(String(cString: $0)) } ?? 1
        try await onThread("http-benchmark") {
            let subject = try Subject(loops: loops)
            defer { subject.stop() }
            let before = processorMicroseconds()
            let immediate = try Wrk.run(port: subject.port, path: "/immediate", connections: 64, seconds: seconds)
            let cost = (processorMicroseconds() - before) / Double(max(immediate.completed, 1))
            print("http.immediate \(immediate.perSecond)/s errors \(immediate.errors) cpu \(rounded(cost)) µs each")
            for connections in [64, 256, 900] {
                let before = processorMicroseconds()
                let (report, lost) = try subject.resumed(connections, seconds)
                let cost = (processorMicroseconds() - before) / Double(max(report.completed, 1))
                print(
                    "http.resumed.\(connections) \(report.perSecond)/s lost \(lost) errors \(report.errors)",
                    "p99 \(report.p99) cpu \(rounded(cost)) µs each")
            }
        }
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
    private let counts: Counts

    private final class Counts: Sendable {
        let handled = Atomic<Int>(0)
        let finished = Atomic<Int>(0)
    }

    var port: UInt16 { server.port(of: "bench") }

    init(loops: Int) throws {
        let counts = Counts()
        let answerer = try Answerer()
        var router = Router()
        router.get("/immediate") { _ in Response(.ok, .text, .text("ok")) }
        router.get("/deferred") { _, responder in
            counts.handled.add(1, ordering: .relaxed)
            answerer.push(responder)
        }
        let hooks = ServerHooks(access: { record in
            if record.route == "/deferred" { counts.finished.add(1, ordering: .relaxed) }
        })
        var limits = HTTPLimits()
        // The connections of our own stand still while `wrk` runs.
        limits.idleTime = .seconds(3600)
        let listener = Listener("bench", port: 0, router: router, limits: limits, loops: loops)
        server = try HTTPServer(listeners: [listener], hooks: hooks)
        self.answerer = answerer
        self.counts = counts
    }

    func stop() {
        server.stop(within: .seconds(5))
        answerer.stop()
    }

    /// Runs `wrk` on the deferred route, between two checks of as many connections of our own that stay open.
    ///
    /// - Returns: its report, and how many requests were taken in but never finished, plus how many of the
    ///   connections no longer answered.
    func resumed(_ connections: Int, _ seconds: Int) throws -> (Wrk.Report, lost: Int) {
        let own = try (0..<min(connections, 256)).map { _ in try RawHTTPClient(port: port) }
        for client in own { _ = try client.exchange("GET", "/deferred") }
        let report = try Wrk.run(port: port, path: "/deferred", connections: connections, seconds: seconds)
        var silent = 0
        for client in own where (try? client.exchange("GET", "/deferred").status) != 200 { silent += 1 }
        // What was under way when `wrk` left is finished as soon as the server sees it gone.
        let deadline = time(nil) + 10
        while unfinished != 0, time(nil) < deadline { usleep(1000) }
        return (report, unfinished + silent)
    }

    private var unfinished: Int {
        let finished = counts.finished.load(ordering: .sequentiallyConsistent)
        return counts.handled.load(ordering: .sequentiallyConsistent) - finished
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
