internal import Runtime

extension Supervisor.Event {
    /// One line of the log, with the reason of an end.
    func write(to log: Log) {
        switch self {
        case .started(let name, let pid):
            log.info("\(name) started", fields(name, pid, "process-started"))
        case .ended(let name, let pid, let reason, let restartIn?):
            log.warning(
                "\(name) \(reason); it is started again in \(restartIn)", nil, fields(name, pid, "process-ended"))
        case .ended(let name, let pid, let reason, nil):
            log.info("\(name) \(reason)", fields(name, pid, "process-ended"))
        case .cannotStart(let name, let reason, let retryIn):
            log.error(
                "\(reason); tried again in \(retryIn)", nil,
                ["event.action": "start-failed", "turnstile.process": .string(name)])
        case .stopped(let name, let killed):
            log.info(
                killed ? "\(name) did not stop in its time and was killed" : "\(name) stopped",
                ["event.action": "process-stopped", "turnstile.process": .string(name)])
        }
    }

    private func fields(_ name: String, _ pid: Int32, _ action: String) -> LogFields {
        ["event.action": .string(action), "turnstile.process": .string(name), "turnstile.pid": .int(Int(pid))]
    }
}
