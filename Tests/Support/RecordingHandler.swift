public import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

/// Answers effects as a test wants, and remembers what it was asked.
public final class RecordingHandler: EffectHandler {
    private struct State {
        var requests: [EffectRequest] = []
        var running: [EffectId: Int] = [:]
        var mostAtOnce: [EffectId: Int] = [:]
    }

    private let state = Lock(State())
    private let answer: @Sendable (EffectRequest) throws -> EffectResult

    public init(_ answer: @escaping @Sendable (EffectRequest) throws -> EffectResult = { _ in .done }) {
        self.answer = answer
    }

    /// In the order of their beginnings.
    public var requests: [EffectRequest] { state.withLock { $0.requests } }
    /// How often one effect was worked on at the same time.
    public var mostAtOnce: Int { state.withLock { $0.mostAtOnce.values.max() ?? 0 } }

    public func perform(_ request: EffectRequest) throws -> EffectResult {
        state.withLock { state in
            state.requests.append(request)
            state.running[request.id, default: 0] += 1
            state.mostAtOnce[request.id] = max(state.mostAtOnce[request.id] ?? 0, state.running[request.id] ?? 0)
        }
        defer { state.withLock { $0.running[request.id, default: 0] -= 1 } }
        return try answer(request)
    }

    /// One command, as of a payment that a provider has made.
    public static func command(_ request: EffectRequest) -> EffectResult {
        .done([Content(.paymentCreated(PaymentId(command: request.command, index: 0), reference: "ref"))])
    }
}
