public import Runtime

/// A caller that stops asking somebody who does not answer: see `CircuitBreaker`.
///
/// Failures are connections that fail or break, time limits that run out, and answers of 500 and more. Any other answer
/// is a success, a refusal included: somebody is there.
public final class BreakingCaller: HTTPCaller {
    private let caller: any HTTPCaller
    private let time: any TimeSource
    private let breaker: Lock<CircuitBreaker>
    private let metrics: BreakerMetrics.Of

    /// - Parameter name: whom it asks, for the metrics.
    public init(
        _ caller: any HTTPCaller, name: String, _ options: CircuitBreaker.Options, metrics: BreakerMetrics,
        time: any TimeSource = SystemTime()
    ) {
        self.caller = caller
        self.time = time
        breaker = Lock(CircuitBreaker(options))
        self.metrics = metrics.of(name)
    }

    public var state: CircuitBreaker.State { breaker.withLock { $0.state } }

    public func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
        let began = time.monotonic
        guard let leave = change({ $0.admit(at: began) }) else {
            metrics.refusals.add()
            throw HTTPCallError(.refused, "nobody has answered lately: not asked", mayHaveArrived: false)
        }
        let result: Result<HTTPAnswer, HTTPCallError>
        do throws(HTTPCallError) { result = .success(try caller.send(call)) } catch { result = .failure(error) }
        let now = time.monotonic
        change { $0.settle(leave, Self.outcome(of: result), at: now) }
        metrics.count(result, took: now - began)
        return try result.get()
    }

    private func change<Value: Sendable>(_ body: @Sendable (inout CircuitBreaker) -> Value) -> Value {
        breaker.withLock { breaker in
            let openings = breaker.openings
            let value = body(&breaker)
            metrics.state.set(breaker.state.rawValue)
            metrics.openings.add(breaker.openings - openings)
            return value
        }
    }

    static func outcome(of result: Result<HTTPAnswer, HTTPCallError>) -> CircuitBreaker.Outcome {
        switch result {
        case .success(let answer): answer.status >= 500 ? .failure : .success
        case .failure(let error):
            switch error.code {
            case .unreachable, .untrusted, .timeout, .lost: .failure
            case .tooLarge: .success
            case .invalid, .refused: .neither
            }
        }
    }
}
