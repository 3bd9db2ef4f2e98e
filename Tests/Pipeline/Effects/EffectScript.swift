internal import Runtime
internal import Ticketing
internal import Wire

@testable internal import Pipeline

/// A machine with its clock, driven step by step.
struct EffectScript {
    var machine: EffectMachine
    var now = MonotonicTime(nanoseconds: 0)

    init(_ change: (inout EffectOptions) -> Void = { _ in }, isBrokerUp: Bool = true) {
        var options = EffectOptions(.payments)
        options.handlers = 2
        options.jitter = 0
        // Counting is in the way of everything else.
        options.countInterval = .seconds(86_400)
        change(&options)
        machine = EffectMachine(options, at: now, seed: 1)
        if isBrokerUp { apply(.brokerUp) }
    }

    mutating func apply(_ input: EffectMachine.Input) { machine.apply(input, at: now) }

    mutating func next() -> EffectMachine.Action? {
        let action = machine.next(at: now)
        guard action == .count else { return action }
        apply(.counted)
        return next()
    }

    mutating func pass(_ duration: Duration) { now = now + duration }

    /// Takes and starts these.
    mutating func take(_ requests: [EffectRequest], nextDue: Duration? = nil) -> [EffectMachine.Action] {
        var actions: [EffectMachine.Action] = []
        if let action = next() { actions.append(action) }
        apply(.took(EffectTake(requests: requests, nextDue: nextDue)))
        for _ in requests { if let action = next() { actions.append(action) } }
        return actions
    }

    /// The settlement that the machine wants written, alone.
    mutating func settlement() -> EffectSettlement? {
        guard case .settle(let settlements) = next(), settlements.count == 1 else { return nil }
        return settlements[0]
    }

    static let event = EventId(high: 1, low: 2)

    static func request(_ number: UInt64, attempt: Int = 1, event: EventId = event) -> EffectRequest {
        EffectRequest(
            id: EffectId(high: 9, low: number), kind: .payments, event: event, tenant: TenantId(high: 3, low: 4),
            partition: 7, command: CommandId(high: 5, low: 6), body: Array("{}".utf8), attempt: attempt,
            createdAt: Timestamp(microseconds: 0))
    }

    static var content: Content {
        Content(.paymentCreated(PaymentId(command: CommandId(high: 5, low: 6), index: 0), reference: "r"))
    }
}
