internal import Runtime
internal import Supervisor

/// `turnstile up`: brings an installation up and keeps it running.
///
/// With `--detach` the work is done by a copy of the program in a session of its own (`--background`), whose progress
/// is shown here until all is ready.
enum UpCommand {
    /// What the last lines of a background start begin with when it has failed.
    private static let errorMark = "error: "

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
        var problem: [String] = []
        copy.forEachLine { line in
            if problem.isEmpty && !line.hasPrefix(errorMark) { Terminal.line(line) } else { problem.append(line) }
        }
        if !problem.isEmpty { Terminal.error(String(problem.joined(separator: "\n").dropFirst(errorMark.count))) }
        if let status = try InstallationStatus.read(home: home), status.run != nil {
            Summary.show(status, home: home)
            return 0
        }
        return copy.exitCode(afterWaiting: .seconds(60)) ?? 1
    }

    private static func runHere(_ arguments: Arguments) throws -> Int32 {
        let signals = try Signals.install()
        do {
            let configuration = try Configuration(path: arguments.configFolder)
            let settings = try Settings.load(
                file: configuration.settingsFile, environment: ProcessEnvironment.current,
                sections: StandardSections.all)
            let log = settings[LogSection.self].log(service: "turnstile")
            var options = Stack.Options(home: arguments.home, ports: arguments.ports, configuration: configuration)
            options.serversOnly = arguments.serversOnly
            options.isDurable = arguments.isDurable
            let stack = try Stack(
                options: options, steps: TerminalSteps(), shutdown: signals.shutdown, log: log,
                settings: settings)
            guard let stack else {
                throw SetupError("another process has just started Turnstile in \(options.home.path)")
            }
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
            if arguments.isBackground { Terminal.line("\(errorMark)\(error)") }
            throw error
        }
    }
}
