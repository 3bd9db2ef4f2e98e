internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread that belongs to one component and runs one body from start to end.
///
/// C calls that block (a socket, a database, a wait for a signal) run on such a thread and never on Swift's
/// cooperative pool, which two blocked calls bring to a stop on a machine of two cores.
public final class OwnedThread: Sendable {
    public let name: String

    private let state: Mutex<State>
    /// Signalled once, when the body has returned.
    private let finished = Latch()

    private struct State {
        var id: pthread_t?
        var joined = false
    }

    /// What `pthread_create` carries over to the new thread.
    private final class Start: Sendable {
        let thread: OwnedThread
        let body: @Sendable () -> Void
        init(thread: OwnedThread, body: @escaping @Sendable () -> Void) {
            self.thread = thread
            self.body = body
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
        self.state = Mutex(State())
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)

        let start = Unmanaged.passRetained(Start(thread: self, body: body))
        let code = state.withLock { state in
            var id = pthread_t()
            let code = pthread_create(
                &id, &attributes,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    start.thread.main(start.body)
                    return nil
                }, start.toOpaque())
            if code == 0 { state.id = id }
            return code
        }
        guard code == 0 else {
            start.release()
            throw ThreadError(name: name, code: code)
        }
    }

    deinit {
        // Nobody joined: let the system reclaim the thread when it ends.
        state.withLock { state in
            if let id = state.id, !state.joined { pthread_detach(id) }
        }
    }

    private func main(_ body: () -> Void) {
        _ = clinux_set_thread_name(name)
        body()
        finished.open()
    }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool {
        let own = state.withLock { $0.id }
        guard let own else { return false }
        return pthread_equal(own, pthread_self()) != 0
    }

    /// Stops the process when the caller runs on another thread: what is confined to this thread was misused.
    public func preconditionCurrent(file: StaticString = #fileID, line: UInt = #line) {
        precondition(isCurrent, "must run on the thread “\(name)”", file: file, line: line)
    }

    /// Waits until the body has returned and the thread is gone. May be called several times, from any thread but this.
    public func join() {
        precondition(!isCurrent, "the thread “\(name)” cannot wait for itself")
        finished.wait()
        state.withLock { state in
            guard let id = state.id, !state.joined else { return }
            state.joined = true
            pthread_join(id, nil)
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
