internal import Glibc
internal import Supervisor

/// `turnstile up`: brings an installation up and keeps it running.
///
/// With `--detach` the work is done by a copy of the program in a session of its own (`--background`), whose progress
/// is shown here until all is ready.
enum UpCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        if let status = try InstallationStatus.read(home: arguments.home) {
            Terminal.line("Turnstile is up already (process \(status.supervisor))")
            Summary.show(status, home: arguments.home)
            return 0
        }
        return try arguments.detach ? launchInBackground(arguments) : runHere(arguments)
    }

    private static func launchInBackground(_ arguments: Arguments) throws -> Int32 {
        let home = try arguments.home.prepared()
        let copy = try Detached.relaunch(arguments: arguments.forBackground, log: home.log(of: "turnstile"))
        // The copy closes its standard output when all is ready.
        copy.forEachLine { line in
            if let problem = line.wholeMatch(of: /error: (.*)/) {
                Terminal.error(String(problem.1))
            } else {
                Terminal.line(line)
            }
        }
        if let status = try InstallationStatus.read(home: home), status.run != nil {
            Summary.show(status, home: home)
            return 0
        }
        return copy.exitCode(afterWaiting: .seconds(60)) ?? 1
    }

    private static func runHere(_ arguments: Arguments) throws -> Int32 {
        let signals = try StopSignals()
        var options = Stack.Options(
            home: arguments.home, ports: arguments.ports,
            configuration: try Configuration(path: arguments.configFolder))
        options.serversOnly = arguments.serversOnly
        options.isDurable = arguments.isDurable
        do {
            let stack = try Stack(
                options: options, steps: TerminalSteps(), isStopping: { signals.isRequested }, report: { print($0) })
            guard let stack else {
                throw SetupError("another process has just started Turnstile in \(options.home.path)")
            }
            signals.onRequest(stack.wake)
            try stack.up()
            if arguments.isBackground {
                Terminal.closeOutput()
            } else if let status = try InstallationStatus.read(home: options.home) {
                Summary.show(status, home: options.home)
            }
            try stack.keepAlive()
            if !arguments.isBackground { Terminal.line("stopping") }
            stack.down()
            return 0
        } catch {
            // The reader of a background start sees standard output alone.
            if arguments.isBackground { Terminal.line("error: \(error)") }
            throw error
        }
    }
}
