internal import CLinux
internal import Glibc
internal import Synchronization

/// Whom the handler of a signal, which can carry nothing along, hands it on to. Set before the handler is.
private let signalsThread = Atomic<UInt>(0)

/// A process' signals: TERM and INT begin the drain, HUP and PIPE are ignored.
///
///     static func main() throws {
///         let signals = try Signals.install()   // the first statement: before any other thread
///         …
///         signals.shutdown.wait()
///     }
///
/// TERM and INT are blocked in every thread that is started afterwards and read from a descriptor by a thread of their
/// own, so no call there is ever interrupted by them, and what answers them is ordinary code. A thread that does not
/// block them hands them on: one that was there before, or the main thread under an `async` main, where Dispatch sleeps
/// in `sigsuspend` with nothing blocked. A second TERM or INT, a second or more after the first, ends the process at
/// once with 143 or 130.
///
/// What the process starts by `posix_spawn` or `exec` inherits the blocked and the ignored signals: give it a clean
/// state with `POSIX_SPAWN_SETSIGMASK` (an empty set) and `POSIX_SPAWN_SETSIGDEF` (`SIGHUP`, `SIGPIPE`), or it will not
/// hear TERM.
public final class Signals: Sendable {
    /// Begins with the first TERM or INT; a component may also ask for it itself.
    public let shutdown: ShutdownSignal

    private let waker: Int32
    private let thread: OwnedThread

    /// Takes the signals over. Call it once, first thing in `main`.
    ///
    /// - Throws: `SignalsError` or `ThreadError` when the system has no descriptor or no thread to give.
    public static func install() throws -> Signals {
        try Signals(time: SystemTime()) { code in _exit(code) }
    }

    /// - Parameter leave: ends the process with this code, without a drain.
    init(time: any TimeSource, leave: @escaping @Sendable (Int32) -> Void) throws {
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGTERM)
        sigaddset(&mask, SIGINT)
        pthread_sigmask(SIG_BLOCK, &mask, nil)

        let descriptor = signalfd(-1, &mask, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        let waker = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0, waker >= 0 else {
            throw SignalsError(reason: "no descriptor for signals: \(String(cString: strerror(errno)))")
        }
        let shutdown = ShutdownSignal()
        self.shutdown = shutdown
        self.waker = waker
        do {
            let installed = Latch()
            thread = try OwnedThread(name: "signals", stackBytes: 256 << 10) {
                signalsThread.store(UInt(pthread_self()), ordering: .relaxed)
                for number in [SIGTERM, SIGINT] { Self.handOn(number) }
                installed.open()
                Self.loop(descriptor, waker: waker, shutdown: shutdown, time: time, leave: leave)
                for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
                close(descriptor)
                close(waker)
            }
            installed.wait()
        } catch {
            close(descriptor)
            close(waker)
            throw error
        }
    }

    deinit {
        var one: UInt64 = 1
        _ = write(waker, &one, 8)
        // The last reference may be let go by a drain handler, which runs on the signals' own thread.
        if !thread.isCurrent { thread.join() }
    }

    private static func loop(
        _ descriptor: Int32, waker: Int32, shutdown: ShutdownSignal, time: any TimeSource,
        leave: @Sendable (Int32) -> Void
    ) {
        var policy = SignalPolicy()
        while true {
            var ready = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: waker, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&ready, 2, -1) > 0 || errno == EINTR else { return }
            if ready[1].revents != 0 { return }
            while let signal = next(descriptor) {
                switch policy.receive(signal, at: time.monotonic) {
                case .drain(let reason): shutdown.request(reason)
                case .ignore: break
                case .exit(let code): leave(code)
                }
            }
        }
    }

    /// Lets whichever thread a signal is delivered to hand it on to the signals' thread, which blocks it and so finds
    /// it on its descriptor.
    private static func handOn(_ number: Int32) {
        var action = sigaction()
        // Nothing but a load and a call that is allowed in a handler.
        action.__sigaction_handler.sa_handler = { number in
            pthread_kill(pthread_t(signalsThread.load(ordering: .relaxed)), number)
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }

    private static func next(_ descriptor: Int32) -> SignalPolicy.Signal? {
        var info = signalfd_siginfo()
        guard read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size
        else { return nil }
        return info.ssi_signo == UInt32(SIGINT) ? .interrupt : .terminate
    }
}

public struct SignalsError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { "cannot take over the signals: \(reason)" }
}
