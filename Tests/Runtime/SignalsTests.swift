internal import Foundation
internal import Glibc
internal import TestSupport
internal import Testing

@testable internal import Runtime

@Suite struct SignalPolicyTests {
    @Test func theFirstDrainsAndALaterOneEndsAtOnce() {
        var policy = SignalPolicy()
        let start = MonotonicTime(nanoseconds: 1_000)
        #expect(policy.receive(.terminate, at: start) == .drain(.terminated))
        #expect(policy.receive(.terminate, at: start + .seconds(1)) == .exit(143))
        #expect(policy.receive(.interrupt, at: start + .seconds(100)) == .exit(130))
    }

    @Test func oneThatComesAtTheSameTimeIsTheSameWish() {
        var policy = SignalPolicy()
        let start = MonotonicTime(nanoseconds: 1_000)
        #expect(policy.receive(.interrupt, at: start) == .drain(.interrupted))
        #expect(policy.receive(.terminate, at: start + .milliseconds(999)) == .ignore)
    }
}

@Suite struct ShutdownSignalTests {
    @Test func everybodyLearnsOfItOnceWithTheFirstReason() async throws {
        let shutdown = ShutdownSignal()
        let calls = Lock(0)
        shutdown.onRequest { reason in
            #expect(reason == .requested("first"))
            calls.withLock { $0 += 1 }
        }
        #expect(!shutdown.isRequested)
        #expect(try await onThread { shutdown.wait(for: .milliseconds(1)) } == false)
        #expect(shutdown.request(.requested("first")))
        #expect(!shutdown.request(.terminated))
        await shutdown.waited()
        try await onThread { shutdown.wait() }
        #expect(shutdown.reason == .requested("first") && calls.withLock { $0 } == 1)
        shutdown.onRequest { _ in calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 2)
    }
}

/// Real signals sent to a real process: this test program once more, in the role of a child that `main` would play.
@Suite struct SignalsTests {
    /// In the child the main thread sleeps with nothing blocked, as it does under an `async` main: signals must be
    /// handed on.
    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalBeginsTheDrainAndTheProcessEndsWell(signal: Int32) async throws {
        let child = try Child(role: "drain")
        try await child.waitFor("ready")
        // None of these ends it.
        kill(child.pid, SIGHUP)
        kill(child.pid, SIGPIPE)
        kill(child.pid, signal)
        try await child.waitFor("drained: \(signal == SIGTERM ? "SIGTERM" : "SIGINT")")
        #expect(try await child.end() == .exited(0))
    }

    @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
    func aSecondSignalEndsADrainThatDoesNotEnd(signal: Int32, code: Int32) async throws {
        let child = try Child(role: "hang")
        try await child.waitFor("ready")
        kill(child.pid, SIGTERM)
        try await child.waitFor("draining")
        // Those within a second of the first are ignored, the first one after it is not.
        let end = try await onThread {
            while true {
                if let end = try child.endIfOver() { return end }
                kill(child.pid, signal)
                usleep(50_000)
            }
        }
        #expect(end == .exited(code))
    }

    /// What the child does; in the test run itself it does nothing.
    @Test func roleOfTheChild() throws {
        guard let role = ProcessEnvironment.current[Child.variable] else { return }
        // Should the test run be cut off, the child must not stay.
        alarm(60)
        let signals = try Signals.install()
        let log = Log(service: "child", sink: .standardError(format: .json))
        signals.shutdown.onRequest { reason in log.info("draining: \(reason)") }
        log.info("ready")
        signals.shutdown.wait()
        while role == "hang" { pause() }
        log.info("drained: \(signals.shutdown.reason.map { "\($0)" } ?? "?")")
        _exit(0)
    }
}
