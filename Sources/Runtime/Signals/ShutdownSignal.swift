/// Says once, to everybody in the process, that it is time to drain: stop taking work, finish what runs, give back,
/// end.
public final class ShutdownSignal: Sendable {
    public enum Reason: Sendable, Equatable, CustomStringConvertible {
        /// `SIGTERM`: an operator, a supervisor or an orchestrator.
        case terminated
        /// `SIGINT`: Ctrl-C.
        case interrupted
        /// The process itself, with its reason.
        case requested(String)

        public var description: String {
            switch self {
            case .terminated: "SIGTERM"
            case .interrupted: "SIGINT"
            case .requested(let reason): reason
            }
        }
    }

    private let latch = Latch()
    private let state = Lock(State())

    private struct State {
        var reason: Reason?
        var handlers: [@Sendable (Reason) -> Void] = []
    }

    public init() {}

    /// Asks everybody to drain. The first reason stays.
    ///
    /// - Returns: whether this was the first time.
    @discardableResult
    public func request(_ reason: Reason) -> Bool {
        let handlers: [@Sendable (Reason) -> Void]? = state.withLock { state in
            guard state.reason == nil else { return nil }
            state.reason = reason
            defer { state.handlers = [] }
            return state.handlers
        }
        guard let handlers else { return false }
        latch.open()
        for handler in handlers { handler(reason) }
        return true
    }

    /// Why the process drains; `nil` while it does not.
    public var reason: Reason? { state.withLock { $0.reason } }

    public var isRequested: Bool { reason != nil }

    /// Calls `handler` once, when the drain begins, on the thread that asks for it (for a signal: the signals' thread);
    /// at once if it has begun. For loops that sleep in the kernel and must be woken: it must not block.
    public func onRequest(_ handler: @escaping @Sendable (Reason) -> Void) {
        let begun: Reason? = state.withLock { state in
            if state.reason == nil { state.handlers.append(handler) }
            return state.reason
        }
        if let begun { handler(begun) }
    }

    /// Blocks the calling thread until the drain begins.
    public func wait() { latch.wait() }

    /// Blocks the calling thread until the drain begins or the time is over.
    ///
    /// - Returns: whether the drain has begun.
    public func wait(for duration: Duration) -> Bool { latch.wait(for: duration) }

    /// Suspends the calling task until the drain begins.
    public func waited() async { await latch.waited() }
}
