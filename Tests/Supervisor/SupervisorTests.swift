internal import Glibc
internal import Runtime
internal import TestSupport
import Testing

@testable import Supervisor

/// The supervisor with real processes: small shell scripts.
@Suite struct SupervisorTests {
    /// A supervisor in a home of its own, used on one thread.
    private func withSupervisor(
        startTimeout: Duration = .seconds(20), stopTimeout: Duration = .seconds(10),
        _ body: @escaping @Sendable (Bench) throws -> Void
    ) async throws {
        try await onThread { try body(try Bench(startTimeout: startTimeout, stopTimeout: stopTimeout)) }
    }

    private final class Bench {
        let folder: TemporaryFolder
        let home: Home
        let supervisor: Supervisor
        private let log: EventLog

        final class EventLog {
            var events: [Supervisor.Event] = []
        }

        init(startTimeout: Duration, stopTimeout: Duration) throws {
            let log = EventLog()
            self.log = log
            folder = try TemporaryFolder("supervisor")
            home = try Home(path: folder.file("home")).prepared()
            supervisor = try Supervisor(
                home: home,
                pace: Supervisor.Pace(
                    backoff: RestartBackoff(first: .milliseconds(5), most: .milliseconds(20)),
                    startTimeout: startTimeout, stopTimeout: stopTimeout)
            ) { log.events.append($0) }
        }

        deinit { supervisor.stopAll() }

        var events: [Supervisor.Event] { log.events }

        func script(
            _ name: String, _ text: String, startTimeout: Duration = .zero,
            isReady: @escaping @Sendable () -> Bool = { true }
        ) -> ProcessSpec {
            ProcessSpec(
                name: name, executable: "/bin/sh", arguments: ["-c", text], directory: home.path,
                startTimeout: startTimeout, isReady: isReady)
        }

        func turn(until isDone: () -> Bool) throws {
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(20)
            while !isDone() {
                guard clock.now < deadline else { throw SetupError("it did not happen; events: \(events)") }
                supervisor.turn(atMost: .milliseconds(50))
            }
        }
    }

    @Test func aProcessThatDiesIsStartedAgainAndItsEndIsReportedWithTheReason() async throws {
        try await withSupervisor { bench in
            try bench.supervisor.start(bench.script("worker", "sleep 1000"))
            bench.supervisor.supervise()
            let first = try #require(bench.supervisor.processes.first?.pid)
            kill(first, SIGKILL)
            try bench.turn { bench.supervisor.processes.first.map { $0.pid != first } ?? false }
            #expect(
                bench.events.contains(
                    .ended(
                        name: "worker", pid: first, reason: .killed(signal: SIGKILL), restartIn: .milliseconds(5))))
        }
    }

    @Test func aProcessThatKeepsDyingIsStartedAgainAfterLongerAndLongerWaits() async throws {
        try await withSupervisor { bench in
            try bench.supervisor.start(bench.script("worker", "exit 7"))
            bench.supervisor.supervise()
            func waits() -> [Duration] {
                bench.events.compactMap { event in
                    if case .ended(_, _, .exited(7), let wait?) = event { wait } else { nil }
                }
            }
            try bench.turn { waits().count >= 4 }
            #expect(Array(waits().prefix(4)) == [5, 10, 20, 20].map { .milliseconds($0) })
        }
    }

    @Test func aProcessThatEndsWhileComingUpIsAnErrorThatNamesItsLog() async throws {
        try await withSupervisor { bench in
            try bench.supervisor.start(bench.script("broken", "echo out of luck; exit 3", isReady: { false }))
            let error = #expect(throws: SetupError.self) {
                try bench.supervisor.waitUntilReady("broken", unless: ShutdownSignal())
            }
            #expect(error?.description.contains("broken exited with code 3") == true)
            #expect(error?.description.contains(bench.home.log(of: "broken")) == true)
            #expect(try bench.folder.read("home/log/broken.log") == "out of luck\n")
        }
    }

    @Test func aProcessThatDoesNotBecomeReadyInItsTimeIsAnError() async throws {
        try await withSupervisor(startTimeout: .milliseconds(80)) { bench in
            try bench.supervisor.start(bench.script("slow", "sleep 1000", isReady: { false }))
            let error = #expect(throws: SetupError.self) {
                try bench.supervisor.waitUntilReady("slow", unless: ShutdownSignal())
            }
            #expect(error?.description.contains("slow is not ready after") == true)
        }
    }

    @Test func theWaitForReadinessEndsWhenTheUserWantsToStop() async throws {
        try await withSupervisor { bench in
            try bench.supervisor.start(bench.script("slow", "sleep 1000", isReady: { false }))
            let shutdown = ShutdownSignal()
            shutdown.request(.interrupted)
            #expect(throws: SetupError.self) { try bench.supervisor.waitUntilReady("slow", unless: shutdown) }
        }
    }

    @Test func aProgramThatIsNotThereIsAnErrorOrAnEndWithAReason() async throws {
        try await withSupervisor { bench in
            let spec = ProcessSpec(
                name: "absent", executable: "/nowhere/absent", directory: bench.home.path, isReady: { false })
            try bench.supervisor.start(spec)
            let error = #expect(throws: SetupError.self) {
                try bench.supervisor.waitUntilReady("absent", unless: ShutdownSignal())
            }
            #expect(error?.description.contains("absent exited with code 127") == true)
        }
    }

    @Test func whoHadNothingToSayLeavesNoLog() async throws {
        try await withSupervisor { bench in
            try Command.run(bench.script("silent", "true", startTimeout: .seconds(60)), home: bench.home)
            #expect(!Files.exists(bench.home.log(of: "silent")))
            try Command.run(bench.script("talking", "echo done", startTimeout: .seconds(60)), home: bench.home)
            #expect(try Files.read(bench.home.log(of: "talking")) == "done\n")
        }
    }

    @Test func processesAreStoppedInReverseOrderAndAStubbornOneIsKilledAfterItsTime() async throws {
        try await withSupervisor(stopTimeout: .seconds(3)) { bench in
            let ready = bench.folder.file("ready")
            try bench.supervisor.start(bench.script("first", "sleep 1000"))
            try bench.supervisor.start(
                bench.script(
                    "stubborn", "trap '' TERM; : > \(ready); while :; do sleep 1000; done",
                    isReady: { access(ready, F_OK) == 0 }))
            try bench.supervisor.waitUntilReady("stubborn", unless: ShutdownSignal())
            bench.supervisor.stopAll()
            let stops = bench.events.filter { if case .stopped = $0 { true } else { false } }
            #expect(stops == [.stopped(name: "stubborn", killed: true), .stopped(name: "first", killed: false)])
            #expect(bench.supervisor.processes.isEmpty)
            // What was killed is there until whoever inherited it has looked.
            for _ in 0..<500 where !Leftovers.pids(of: bench.home).isEmpty { usleep(20_000) }
            #expect(Leftovers.pids(of: bench.home).isEmpty, "what the processes started is gone, too")
        }
    }

    @Test func theChildrenOfAProcessThatDiedAreEndedBeforeItIsStartedAgain() async throws {
        try await withSupervisor { bench in
            try bench.supervisor.start(bench.script("parent", "sleep 1000 & echo $! > child; wait"))
            try bench.turn { access(bench.folder.file("home/child"), F_OK) == 0 }
            try bench.turn { ((try? bench.folder.read("home/child")) ?? "").hasSuffix("\n") }
            let child = try #require(pid_t(try bench.folder.read("home/child").dropLast()))
            kill(try #require(bench.supervisor.processes.first?.pid), SIGKILL)
            try bench.turn { bench.supervisor.processes.isEmpty }
            // Gone, or a zombie that nobody has waited for yet.
            try bench.turn { kill(child, 0) != 0 || Self.isZombie(child) }
        }
    }

    @Test func leftoversOfASupervisorThatIsGoneAreFoundAndEnded() async throws {
        let folder = try TemporaryFolder("leftovers")
        let home = try Home(path: folder.file("home")).prepared()
        let pid = try await onThread {
            // The kernel ends the child with the thread that started it; this one shrugs that off.
            let supervisor = try Supervisor(home: home) { _ in }
            let ready = folder.file("ready")
            try supervisor.start(
                ProcessSpec(
                    name: "tough", executable: "/bin/sh",
                    arguments: ["-c", "trap '' TERM; : > \(ready); while :; do sleep 1000; done"],
                    directory: home.path, isReady: { access(ready, F_OK) == 0 }))
            try supervisor.waitUntilReady("tough", unless: ShutdownSignal())
            return supervisor.processes[0].pid
        }
        #expect(!Leftovers.pids(of: home).isEmpty)
        let ended = Leftovers.end(in: home, within: .milliseconds(100))
        #expect(ended >= 1)
        // A child of ours that nobody else waits for.
        #expect(waitpid(pid, nil, 0) == pid)
        #expect(Leftovers.pids(of: home).isEmpty)
    }

    @Test func aStrangerIsNoLeftover() async throws {
        try await withSupervisor { bench in
            // Recorded with our number, but it works elsewhere and bears no mark.
            _ = try bench.folder.write("\(getpgid(0)) somebody\n", to: "home/processes")
            #expect(Leftovers.pids(of: bench.home).isEmpty)
        }
    }

    @Test func aWakeUpEndsTheWait() async throws {
        try await withSupervisor { bench in
            let clock = ContinuousClock()
            let start = clock.now
            bench.supervisor.wake()
            bench.supervisor.turn(atMost: .seconds(60))
            #expect(clock.now - start < .seconds(30))
        }
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        guard let status = try? Files.read("/proc/\(pid)/stat") else { return true }
        return status.contains(") Z ")
    }
}
