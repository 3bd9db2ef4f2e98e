internal import CLinux
internal import CMicrohttpd
internal import Glibc
internal import Runtime
internal import Synchronization

/// One thread that serves one socket: it waits for the network and for other threads, and makes all calls to
/// libmicrohttpd.
///
/// A turn: take the answers that other threads left, resume their connections, let the library run, look at what is
/// overdue. Nothing in it blocks but the wait.
final class Loop: @unchecked Sendable {
    // because: the constants are Sendable, and everything else is touched by the loop's own thread only

    let listener: Listener
    let hooks: ServerHooks
    let mailbox: Mailbox
    let bodyBudget: ByteBudget
    /// Open connections, for whoever asks from outside.
    let connectionCount = Atomic<Int>(0)

    enum Stage: Equatable {
        case running
        /// No more connections are accepted, and each is closed after its answer.
        case draining(deadline: Int64)
        /// What is left is cut.
        case cutting
    }

    private let name: String
    private let clock = SystemTime()
    private let started = Latch()
    private let startFailure = Lock<String?>(nil)
    private let thread = Lock<OwnedThread?>(nil)

    var stage = Stage.running
    /// The time of this turn, in nanoseconds of the monotonic clock.
    var now: Int64 = 0
    var connections: [Int32: Connection] = [:]
    var lingering = LingeringSockets()
    /// Connections whose client has closed its side, which the library may have missed; see `remindOfEnds`.
    var halfClosed: [Connection] = []
    /// Requests that libmicrohttpd refused itself, by its log.
    var libraryRefusals = 0
    private var nextSweep: Int64 = 0
    private var batch: [Mail] = []
    private var daemonIfRunning: Daemon?
    private var pollerIfRunning: PollerBox?

    /// Lets the loop's optional state hold a poller, which cannot be copied.
    final class PollerBox {
        let poller: Poller
        init(_ poller: consuming Poller) { self.poller = poller }
    }

    init(_ listener: Listener, _ hooks: ServerHooks, _ bodyBudget: ByteBudget, index: Int) throws(ServerError) {
        guard let mailbox = Mailbox() else { throw ServerError(errno: errno, in: "eventfd", listener) }
        self.mailbox = mailbox
        self.listener = listener
        self.hooks = hooks
        self.bodyBudget = bodyBudget
        name = listener.loops == 1 ? "http-\(listener.name)" : "http\(index)-\(listener.name)"
    }

    var daemon: Daemon {
        guard let daemonIfRunning else { preconditionFailure("the loop does not run") }
        return daemonIfRunning
    }

    /// Starts the thread, which owns the socket from now on.
    func start(_ socket: consuming ListeningSocket) throws(ServerError) {
        let descriptor = socket.release()
        do {
            let thread = try OwnedThread(name: name) { [self] in run(descriptor) }
            self.thread.withLock { $0 = thread }
        } catch {
            close(descriptor)
            throw ServerError(.noResources, listener, reason: error.description)
        }
        started.wait()
        if let reason = startFailure.withLock({ $0 }) {
            join()
            throw ServerError(.noResources, listener, reason: reason)
        }
    }

    /// Waits until the thread has ended.
    func join() {
        thread.withLock { $0 }?.join()
    }

    private func run(_ socket: Int32) {
        // A client that has gone must not end the process: the calls say EPIPE.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        readClock()
        guard let poller = Poller() else { return failStart(socket, "epoll: \(String(cString: strerror(errno)))") }
        let box = PollerBox(poller)
        pollerIfRunning = box
        guard let daemon = Daemon(listener: listener, socket: socket, loop: self) else {
            pollerIfRunning = nil
            return failStart(socket, "libmicrohttpd did not start")
        }
        daemonIfRunning = daemon
        box.poller.add(daemon.descriptor, EPOLLIN.rawValue)
        box.poller.add(mailbox.waker, EPOLLIN.rawValue)
        started.open()
        daemon.run()
        while turn(daemon) {}
        mailbox.close()
        daemon.stop()
        lingering.closeAll()
        daemonIfRunning = nil
        pollerIfRunning = nil
    }

    private func failStart(_ socket: Int32, _ reason: String) {
        close(socket)
        startFailure.withLock { $0 = reason }
        started.open()
    }

    /// - Returns: false when the loop has come to its end.
    private func turn(_ daemon: Daemon) -> Bool {
        let timeout = timeoutMilliseconds(daemon)
        if timeout != 0, mailbox.prepareToSleep() {
            pollerIfRunning?.poller.wait(timeout, ready)
        } else {
            pollerIfRunning?.poller.wait(0, ready)
        }
        readClock()
        mailbox.take(into: &batch)
        for mail in batch { open(mail) }
        batch.removeAll(keepingCapacity: true)
        daemon.run()
        remindOfEnds()
        if now >= nextSweep { nextSweep = sweep() }
        return !isOver()
    }

    private func timeoutMilliseconds(_ daemon: Daemon) -> Int32 {
        let library = daemon.timeout
        if library == 0 { return 0 }
        var milliseconds = library.map { Int64(min($0, 60_000)) } ?? 60_000
        if !connections.isEmpty || !lingering.isEmpty {
            milliseconds = min(milliseconds, max(0, (nextSweep - now) / 1_000_000 + 1))
        }
        if case .draining(let deadline) = stage {
            milliseconds = min(milliseconds, max(0, (deadline - now) / 1_000_000 + 1))
        }
        return Int32(milliseconds)
    }

    private func readClock() { now = clock.monotonic.nanoseconds }

    private func ready(_ descriptor: Int32) {
        if descriptor == mailbox.waker {
            mailbox.awake()
        } else if let connection = connections[descriptor] {
            hungUp(connection)
        } else if lingering.drain(descriptor) {
            unwatch(descriptor)
            lingering.close(descriptor)
        }
    }

    func watch(_ descriptor: Int32, _ events: UInt32) {
        guard let poller = pollerIfRunning, poller.poller.add(descriptor, events) else {
            report(.system, "cannot watch a connection: \(String(cString: strerror(errno)))")
            return
        }
    }

    func unwatch(_ descriptor: Int32) { pollerIfRunning?.poller.remove(descriptor) }

    func report(_ kind: Trouble.Kind, _ message: @autoclosure () -> String) {
        guard let trouble = hooks.trouble else { return }
        trouble(Trouble(kind: kind, listener: listener.name, message: message()))
    }

    func libraryLogs(_ format: UnsafePointer<CChar>, _ arguments: CVaListPointer) {
        // The library tells of its own refusals in no other way.
        if strncmp(format, "Error processing request", 24) == 0 { libraryRefusals += 1 }
        guard hooks.trouble != nil else { return }
        var text = [CChar](repeating: 0, count: 512)
        vsnprintf(&text, text.count, format, arguments)
        let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        report(.library, "libmicrohttpd: \(line.split(separator: "\n").joined(separator: " "))")
    }
}
