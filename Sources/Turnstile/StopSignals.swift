internal import Glibc
internal import Runtime
internal import Synchronization

final class StopSignals: Sendable {
    private let state = Mutex<(requested: Bool, wake: (@Sendable () -> Void)?)>((false, nil))
    init() throws {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        _ = try OwnedThread(name: "signals") { [self] in
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGTERM)
            sigaddset(&set, SIGINT)
            var number: Int32 = 0
            sigwait(&set, &number)
            let wake = state.withLock { state in
                state.requested = true
                return state.wake
            }
            wake?()
        }
    }
    var isRequested: Bool { state.withLock { $0.requested } }
    func onRequest(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }
}
