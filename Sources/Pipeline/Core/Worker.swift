public import Runtime

/// A worker without threads, servers or clocks: what happens goes in, what has to be done comes out. The real loop and
/// the simulator drive the same code.
///
///     worker.step(.delivered(arrivals), at: time.monotonic) { outputs.append($0) }
public final class Worker {
    public let options: WorkerOptions
    /// When it wants to be woken at the latest, whatever else happens.
    public private(set) var nextWake: MonotonicTime
    /// Set once `Output.leave` is out: there is nothing more to do.
    public private(set) var hasLeft = false

    public init(options: WorkerOptions, at now: MonotonicTime) {
        self.options = options
        nextWake = now
    }

    public func step(_ input: Input, at now: MonotonicTime) -> [Output] {
        []
    }
}
