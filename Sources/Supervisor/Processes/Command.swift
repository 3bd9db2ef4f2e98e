internal import Glibc

/// A program that is run to its end as part of the preparation.
enum Command {
    static func run(_ spec: ProcessSpec, home: Home) throws(SetupError) {
        let child = try ChildProcess.spawn(spec, home: home)
        guard let reason = child.waitForEnd(within: spec.startTimeout) else {
            child.send(SIGKILL)
            waitpid(child.pid, nil, 0)
            throw SetupError("\(spec.name) has not ended after \(spec.startTimeout); see \(home.log(of: spec.name))")
        }
        guard reason == .exited(0) else { throw SetupError("\(spec.name) \(reason); see \(home.log(of: spec.name))") }
        // A helper that had nothing to say leaves nothing to read.
        Files.removeIfEmpty(home.log(of: spec.name))
    }
}
