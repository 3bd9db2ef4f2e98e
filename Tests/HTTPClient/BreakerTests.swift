internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing

@Suite struct BreakerTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    private var options: CircuitBreaker.Options {
        var options = CircuitBreaker.Options()
        options.failures = 3
        options.firstPause = .milliseconds(100)
        options.longestPause = .milliseconds(300)
        options.trials = 2
        return options
    }

    // The macros take no calls that change what they are made on.

    private func leave(_ breaker: inout CircuitBreaker, _ milliseconds: Int64) throws -> CircuitBreaker.Leave {
        let leave = breaker.admit(at: at(milliseconds))
        return try #require(leave)
    }

    private func isRefused(_ breaker: inout CircuitBreaker, _ milliseconds: Int64) -> Bool {
        breaker.admit(at: at(milliseconds)) == nil
    }

    private func opened() throws -> CircuitBreaker {
        var breaker = CircuitBreaker(options)
        for _ in 0..<3 { breaker.settle(try leave(&breaker, 0), .failure, at: at(0)) }
        #expect(breaker.state == .open)
        return breaker
    }

    @Test func opensAfterFailuresInARowAlone() throws {
        var breaker = CircuitBreaker(options)
        for outcome in [CircuitBreaker.Outcome.failure, .failure, .success, .failure, .neither, .failure] {
            breaker.settle(try leave(&breaker, 0), outcome, at: at(0))
            #expect(breaker.state == .closed)
        }
        breaker.settle(try leave(&breaker, 0), .failure, at: at(0))
        #expect(breaker.state == .open && breaker.openings == 1)
        #expect(isRefused(&breaker, 99))
    }

    @Test func afterThePauseAFewAreLetThrough() throws {
        var breaker = try opened()
        let first = try leave(&breaker, 100)
        #expect(breaker.state == .halfOpen)
        _ = try leave(&breaker, 100)
        #expect(isRefused(&breaker, 100))
        // One that says nothing makes room for another.
        breaker.settle(first, .neither, at: at(101))
        let third = try leave(&breaker, 101)
        breaker.settle(third, .success, at: at(102))
        #expect(breaker.state == .closed)
    }

    @Test func thePauseDoublesUpToABound() throws {
        var breaker = try opened()
        var now: Int64 = 0
        for pause in [Int64(100), 200, 300, 300] {
            #expect(isRefused(&breaker, now + pause - 1))
            now += pause
            breaker.settle(try leave(&breaker, now), .failure, at: at(now))
            #expect(breaker.state == .open)
        }
        #expect(breaker.openings == 5)
        // After a success it begins anew.
        breaker.settle(try leave(&breaker, now + 300), .success, at: at(now + 300))
        for _ in 0..<3 { breaker.settle(try leave(&breaker, 2_000), .failure, at: at(2_000)) }
        #expect(isRefused(&breaker, 2_099))
        #expect(!isRefused(&breaker, 2_100))
    }

    @Test func whatBeganBeforeSaysNothingAfter() throws {
        var breaker = CircuitBreaker(options)
        let late = try (0..<3).map { _ in try leave(&breaker, 0) }
        for _ in 0..<3 { breaker.settle(try leave(&breaker, 0), .failure, at: at(0)) }
        breaker.settle(late[0], .success, at: at(50))
        #expect(breaker.state == .open)
        let trial = try leave(&breaker, 100)
        breaker.settle(late[1], .failure, at: at(100))
        breaker.settle(late[2], .success, at: at(100))
        #expect(breaker.state == .halfOpen)
        breaker.settle(trial, .success, at: at(101))
        #expect(breaker.state == .closed)
    }

    // MARK: The caller around it

    /// Answers what it is told to.
    private final class Script: HTTPCaller {
        let results = Lock<[Result<HTTPAnswer, HTTPCallError>]>([])
        let asked = Lock(0)

        func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
            asked.withLock { $0 += 1 }
            guard let next = results.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                return HTTPAnswer(status: 200, headers: [], body: [])
            }
            return try next.get()
        }
    }

    private static func answer(_ status: Int) -> Result<HTTPAnswer, HTTPCallError> {
        .success(HTTPAnswer(status: status, headers: [], body: []))
    }

    @Test func countsWhatMeansThatNobodyIsThere() throws {
        let failures: [Result<HTTPAnswer, HTTPCallError>] =
            [Self.answer(500), Self.answer(503)]
            + [HTTPCallError.Code.unreachable, .untrusted, .timeout, .lost].map {
                .failure(HTTPCallError($0, "", mayHaveArrived: false))
            }
        let others: [Result<HTTPAnswer, HTTPCallError>] =
            [200, 302, 400, 404, 409, 429].map(Self.answer)
            + [HTTPCallError.Code.invalid, .refused, .tooLarge].map {
                .failure(HTTPCallError($0, "", mayHaveArrived: false))
            }
        for (result, opens) in failures.map({ ($0, true) }) + others.map({ ($0, false) }) {
            let script = Script()
            let caller = BreakingCaller(script, name: "x", options, metrics: BreakerMetrics(Metrics()))
            for _ in 0..<3 {
                script.results.withLock { $0 = [result] }
                _ = try? caller.send(HTTPCall(.get, "http://x/"))
            }
            #expect((caller.state == .open) == opens, "\(result)")
        }
    }

    @Test func refusesWithoutAskingAndShowsIt() throws {
        let (script, metrics, time) = (Script(), Metrics(), ManualTime())
        let caller = BreakingCaller(script, name: "stripe", options, metrics: BreakerMetrics(metrics), time: time)
        script.results.withLock { $0 = [Self.answer(500), Self.answer(502), Self.answer(503)] }
        for _ in 0..<3 { _ = try caller.send(HTTPCall(.get, "http://x/")) }
        let error = try #require(throws: HTTPCallError.self) { try caller.send(HTTPCall(.get, "http://x/")) }
        #expect(error.code == .refused && !error.mayHaveArrived)
        #expect(script.asked.withLock { $0 } == 3)
        var text = String(decoding: metrics.text(), as: UTF8.self)
        for line in [
            "turnstile_breaker_state{to=\"stripe\"} 2", "turnstile_breaker_openings_total{to=\"stripe\"} 1",
            "turnstile_breaker_refusals_total{to=\"stripe\"} 1",
            "turnstile_outbound_calls_total{to=\"stripe\",outcome=\"5xx\"} 3",
        ] { #expect(text.contains(line), "\(line)\n\(text)") }
        time.advance(by: .milliseconds(100))
        #expect(try caller.send(HTTPCall(.get, "http://x/")).status == 200)
        text = String(decoding: metrics.text(), as: UTF8.self)
        #expect(text.contains("turnstile_breaker_state{to=\"stripe\"} 0"))
    }
}
