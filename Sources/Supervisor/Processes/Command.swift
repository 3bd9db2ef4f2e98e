internal import Glibc

/// A program that is run to its end as part of the preparation.
enum Command {
    static func run(_ spec: ProcessSpec, home: Home) throws(SetupError) {
        let child = try ChildProcess.spawn(spec, home: home)
        var entry = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, Int32(clamping: spec.startTimeout.components.seconds * 1000)) < 0 && errno == EINTR {}
        guard let reason = child.reap() else {
            child.send(SIGKILL)
            waitpid(child.pid, nil, 0)
            throw SetupError("\(spec.name) has not ended after \(spec.startTimeout); see \(home.log(of: spec.name))")
        }
        guard reason == .exited(0) else { throw SetupError("\(spec.name) \(reason); see \(home.log(of: spec.name))") }
    }
}
