internal import CLinux
internal import Glibc
internal import Runtime

/// Starts processes, keeps them alive and stops them, all on the thread that made it.
///
/// There is one thread and one place where it waits (`turn`): for the end of a process, for the time of a restart, for
/// a wake-up from outside. Whoever uses a supervisor calls `turn` until it is done.
public final class Supervisor {
    private let home: Home
    private let time: any TimeSource
    private let pace: Pace
    /// In the order in which they were started; stopped in the reverse order.
    private var entries: [Entry] = []
    private var wakeDescriptor: Int32

    /// What happened to a process, for the log.
    public enum Event: Sendable, Equatable {
        case started(name: String, pid: Int32)
        case ended(name: String, pid: Int32, reason: ExitReason, restartIn: Duration?)
        case cannotStart(name: String, reason: String, retryIn: Duration)
        case stopped(name: String, killed: Bool)
    }

    private let report: (Event) -> Void

    private struct Entry {
        let spec: ProcessSpec
        var child: ChildProcess?
        var startedAt: MonotonicTime
        var restartAt: MonotonicTime?
        var backoff: RestartBackoff
        /// Dies unrestarted while it is being brought up or down: then its end is the caller's to judge.
        var isSupervised = false
        var lastEnd: ExitReason?
    }

    /// How patient to be with processes.
    struct Pace {
        var backoff = RestartBackoff()
        var startTimeout = Duration.seconds(60)
        var stopTimeout = Duration.seconds(15)
    }

    init(
        home: Home, time: any TimeSource = SystemTime(), pace: Pace = Pace(),
        report: @escaping (Event) -> Void
    ) throws(SetupError) {
        self.home = home
        self.time = time
        self.pace = pace
        self.report = report
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else {
            throw SetupError("cannot make an event descriptor: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(wakeDescriptor) }

    /// A function that may be called from any thread and ends the wait of `turn`. It must not outlive the supervisor.
    public var wake: @Sendable () -> Void {
        let descriptor = wakeDescriptor
        return { eventfd_write(descriptor, 1) }
    }

    /// The processes that run now.
    public var processes: [RunFile.Process] {
        entries.compactMap { entry in
            entry.child.map { RunFile.Process(name: entry.spec.name, pid: $0.pid) }
        }
    }

    /// Starts a process. It is not started again when it dies before `supervise` was called.
    func start(_ spec: ProcessSpec) throws(SetupError) {
        precondition(!entries.contains { $0.spec.name == spec.name }, "two processes are named \(spec.name)")
        let child = try ChildProcess.spawn(spec, home: home)
        entries.append(Entry(spec: spec, child: child, startedAt: time.monotonic, backoff: pace.backoff))
        report(.started(name: spec.name, pid: child.pid))
        try recordProcesses()
    }

    /// Waits until a process that was started is ready.
    ///
    /// - Parameter shutdown: ends the wait with an error once it is requested.
    func waitUntilReady(_ name: String, unless shutdown: ShutdownSignal) throws(SetupError) {
        guard let index = entries.firstIndex(where: { $0.spec.name == name }) else {
            preconditionFailure("\(name) was not started")
        }
        let spec = entries[index].spec
        let patience = max(spec.startTimeout, pace.startTimeout)
        let deadline = entries[index].startedAt + patience
        while true {
            if let reason = entries[index].lastEnd {
                let last = lastLine(ofLog: name)
                throw SetupError(
                    "\(name) \(reason) instead of coming up\(last.map { ": “\($0)”" } ?? ""); see \(home.log(of: name))"
                )
            }
            if spec.isReady() { return }
            if shutdown.isRequested { throw SetupError("stopped while \(name) was coming up") }
            guard time.monotonic < deadline else {
                throw SetupError("\(name) is not ready after \(patience); see \(home.log(of: name))")
            }
            turn(atMost: .milliseconds(40))
        }
    }

    /// What a process said last, which mostly is why it ended.
    private func lastLine(ofLog name: String) -> String? {
        guard let text = try? Files.read(home.log(of: name)), let line = text.split(separator: "\n").last else {
            return nil
        }
        return String(line.prefix(300))
    }

    /// From now on a process that dies is started again.
    func supervise() {
        for index in entries.indices { entries[index].isSupervised = true }
        let now = time.monotonic
        for index in entries.indices where entries[index].child == nil {
            entries[index].restartAt = now
        }
    }

    /// Waits for something to happen and sees to it.
    ///
    /// - Returns: whether the set of processes has changed.
    @discardableResult
    public func turn(atMost duration: Duration) -> Bool {
        var polled = [pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        for entry in entries {
            if let child = entry.child {
                polled.append(pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0))
            }
        }
        let now = time.monotonic
        var wait = duration
        for entry in entries {
            if let restartAt = entry.restartAt { wait = min(wait, max(.zero, restartAt - now)) }
        }
        // Rounded up: waking a moment early would mean turning in circles until the time has come.
        _ = poll(&polled, nfds_t(polled.count), Int32(clamping: wait.microseconds / 1000 + 1))
        if polled[0].revents != 0 {
            var count: UInt64 = 0
            eventfd_read(wakeDescriptor, &count)
        }
        let ended = reapEnded()
        let restarted = restartDue()
        if ended || restarted { try? recordProcesses() }
        return ended || restarted
    }

    private func reapEnded() -> Bool {
        var changed = false
        for index in entries.indices {
            guard let child = entries[index].child, let reason = child.reap() else { continue }
            changed = true
            child.endGroup()
            entries[index].child = nil
            entries[index].lastEnd = reason
            var restartIn: Duration?
            if entries[index].isSupervised {
                let now = time.monotonic
                let wait = entries[index].backoff.died(afterRunning: now - entries[index].startedAt)
                entries[index].restartAt = now + wait
                restartIn = wait
            }
            report(.ended(name: entries[index].spec.name, pid: child.pid, reason: reason, restartIn: restartIn))
        }
        return changed
    }

    private func restartDue() -> Bool {
        var changed = false
        let now = time.monotonic
        for index in entries.indices {
            guard let restartAt = entries[index].restartAt, restartAt <= now else { continue }
            let spec = entries[index].spec
            entries[index].restartAt = nil
            do throws(SetupError) {
                let child = try ChildProcess.spawn(spec, home: home)
                entries[index].child = child
                entries[index].startedAt = now
                changed = true
                report(.started(name: spec.name, pid: child.pid))
            } catch {
                let wait = entries[index].backoff.died(afterRunning: .zero)
                entries[index].restartAt = now + wait
                report(.cannotStart(name: spec.name, reason: error.description, retryIn: wait))
            }
        }
        return changed
    }

    /// Stops all processes, the last started first, and kills those that take longer than they may.
    func stopAll() {
        for index in entries.indices.reversed() {
            entries[index].isSupervised = false
            entries[index].restartAt = nil
            guard let child = entries[index].child else { continue }
            let spec = entries[index].spec
            // What is still coming up may be deaf: a broker that has not begun to listen forgets that it was to stop.
            let isDeaf = !spec.isReady()
            var nextSignal = time.monotonic
            let deadline = nextSignal + max(spec.stopTimeout, pace.stopTimeout)
            while entries[index].child != nil && time.monotonic < deadline {
                if time.monotonic >= nextSignal {
                    child.send(spec.stopSignal.number)
                    nextSignal = isDeaf ? time.monotonic + .seconds(1) : deadline
                }
                turn(atMost: .milliseconds(100))
            }
            let mustKill = entries[index].child != nil
            if mustKill { child.send(SIGKILL) }
            while entries[index].child != nil { turn(atMost: .milliseconds(100)) }
            report(.stopped(name: spec.name, killed: mustKill))
        }
        try? recordProcesses()
    }

    /// Notes the processes in a file of our own, for `Leftovers` should this process be killed.
    private func recordProcesses() throws(SetupError) {
        let lines = processes.map { "\($0.pid) \($0.name)\n" }
        try Files.write(lines.joined(), to: home.processesFile)
    }
}
