internal import HTTPClient
public import Runtime

extension Providers {
    /// What the settings have switched on, with a client of its own that goes with it.
    public init(_ settings: Settings, metrics: Metrics) throws {
        let section = settings[PaymentsSection.self]
        try self.init(
            section, sandbox: settings[SandboxSection.self], caller: try HTTPClient(HTTPClient.Options(section)),
            metrics: BreakerMetrics(metrics))
    }
}
