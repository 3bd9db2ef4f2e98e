public import Pipeline
public import Runtime

/// Does the effects of the pool `incidents`: a person has to look at each, so the log says so where operators are woken
/// by it. What it is about stands in the tables, and `turnstile reconcile` lists it for as long as it is open.
public struct IncidentHandler: EffectHandler {
    private let log: Log
    private let seen: Counter

    public init(log: Log, metrics: Metrics) {
        self.log = log
        seen = metrics.counter(
            "turnstile_incidents_total", "Money that belongs to nothing, or could not be given back.")
    }

    public func perform(_ request: EffectRequest) throws -> EffectResult {
        seen.add()
        log.error(
            "money needs a person: see “turnstile reconcile”", nil,
            [
                "turnstile.event": .string("\(request.event)"), "turnstile.tenant": .string("\(request.tenant)"),
                "turnstile.incident": .string(String(decoding: request.body, as: UTF8.self)),
            ])
        return .done
    }
}
