internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread that belongs to one component and runs one body from start to end.
///
/// C calls that block (a socket, a database, a wait for a signal) run on such a thread and never on Swift's
/// cooperative pool, which two blocked calls bring to a stop on a machine of two cores.
public final class OwnedThread: Sendable {
    public let name: String

    /// `pthread_self()` of the running body; 0 before and after. Only the thread itself can find its own value here, so
    /// `isCurrent` needs no lock, and an id that the system gives out again is never mistaken for this thread.
    private let running = Atomic<UInt>(0)
    private let ownership: Lock<Ownership>
    /// Opens when the body has returned and what it captured is released.
    private let finished = Latch()
    /// Opens when the thread is gone.
    private let gone = Latch()

    /// Who has to give the thread back to the system.
    private enum Ownership {
        case mine(pthread_t)
        case givenBack
    }

    /// What `pthread_create` carries over to the new thread.
    private final class Start: Sendable {
        let thread: OwnedThread
        let body: @Sendable () -> Void
        init(thread: OwnedThread, body: @escaping @Sendable () -> Void) {
            self.thread = thread
            self.body = body
        }

        /// Runs the body; what it captured is released when this returns.
        static func run(_ argument: UnsafeMutableRawPointer) -> OwnedThread {
            let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
            let thread = start.thread
            thread.running.store(UInt(pthread_self()), ordering: .relaxed)
            _ = clinux_set_thread_name(thread.name)
            start.body()
            return thread
        }
    }

    /// Starts a thread that runs `body`.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H` and by a debugger; the kernel keeps its first 15 bytes.
    ///   - stackBytes: the size of the thread's stack.
    /// - Throws: `ThreadError` when the system has no thread to give.
    public init(
        name: String, stackBytes: Int = 1 << 20, body: @escaping @Sendable () -> Void
    ) throws(ThreadError) {
        self.name = name
        self.ownership = Lock(.givenBack)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)

        let start = Unmanaged.passRetained(Start(thread: self, body: body))
        let code = ownership.withLock { ownership in
            var id = pthread_t()
            let code = pthread_create(
                &id, &attributes,
                { argument in
                    guard let argument else { return nil }
                    let thread = Start.run(argument)
                    thread.running.store(0, ordering: .relaxed)
                    thread.finished.open()
                    return nil
                }, start.toOpaque())
            if code == 0 { ownership = .mine(id) }
            return code
        }
        guard code == 0 else {
            start.release()
            throw ThreadError(name: name, code: code)
        }
    }

    deinit {
        // Nobody joined: let the system reclaim the thread when it ends.
        if let id = takeOwnership() { pthread_detach(id) }
    }

    private func takeOwnership() -> pthread_t? {
        ownership.withLock { ownership in
            guard case .mine(let id) = ownership else { return nil }
            ownership = .givenBack
            return id
        }
    }

    /// Whether the caller runs on this thread. Costs two loads: right for a check on a hot path.
    public var isCurrent: Bool {
        running.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Stops the process when the caller runs on another thread: what is confined to this thread was misused.
    public func preconditionCurrent(file: StaticString = #fileID, line: UInt = #line) {
        precondition(isCurrent, "must run on the thread “\(name)”", file: file, line: line)
    }

    /// Waits until the body has returned and the thread is gone. May be called several times, from any thread but this.
    public func join() {
        precondition(!isCurrent, "the thread “\(name)” cannot wait for itself")
        finished.wait()
        if let id = takeOwnership() {
            pthread_join(id, nil)
            gone.open()
        } else {
            gone.wait()
        }
    }

    /// Waits for the end without blocking a thread of the cooperative pool.
    public func joined() async {
        await finished.waited()
        // The body has returned: what is left of the thread is microseconds.
        join()
    }
}

/// The system refused a thread.
public struct ThreadError: Error, Sendable, CustomStringConvertible {
    public let name: String
    /// The `errno` value, such as `EAGAIN` when the limit on threads is reached.
    public let code: Int32

    public var description: String {
        "cannot start the thread “\(name)”: \(String(cString: strerror(code))) (errno \(code))"
    }
}
