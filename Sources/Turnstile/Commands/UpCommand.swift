internal import Glibc
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
        if let status = try settled(arguments.home) {
            Terminal.line("Turnstile is up already (process \(status.supervisor))")
            Summary.show(status, home: arguments.home)
            return 0
        }
        return try arguments.detach ? launchInBackground(arguments) : runHere(arguments)
    }

    /// What runs, once it is neither coming up nor going down; nil when nothing does.
    private static func settled(_ home: Home) throws -> InstallationStatus? {
        var isFirst = true
        while let status = try InstallationStatus.read(home: home) {
            if status.run != nil { return status }
            if isFirst { Terminal.line("waiting for process \(status.supervisor), which is starting or stopping") }
            isFirst = false
            usleep(200_000)
        }
        return nil
    }

    private static func launchInBackground(_ arguments: Arguments) throws -> Int32 {
        // Mistakes are told before there is a home that somebody would have to remove.
        _ = try prepared(arguments)
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

    /// What can be seen to be wrong before anything is made or started.
    private static func prepared(_ arguments: Arguments) throws -> (Configuration, Settings) {
        let configuration = try Configuration(path: arguments.configFolder)
        let settings = try Settings.load(
            file: configuration.settingsFile, environment: ProcessEnvironment.current, sections: StandardSections.all)
        if !arguments.serversOnly { try CertificateFiles.check(settings[GatewaySection.self]) }
        return (configuration, settings)
    }

    /// Allowed, since a part may run elsewhere or later, but never by oversight.
    private static func warnOfNobody(_ settings: Settings) {
        let layout = settings[SupervisorSection.self]
        let missing = [
            (layout.seatsWorkers, "seatsWorkers is 0: nothing will be decided"),
            (layout.ingresses, "ingresses is 0: no command is taken over HTTP"),
            (layout.queries, "queries is 0: no read is answered"),
            (layout.deskWorkers, "deskWorkers is 0: no ticket and no account will be decided"),
            (layout.paymentsWorkers, "paymentsWorkers is 0: no payment provider will be asked"),
        ].filter { $0.0 == 0 }.map(\.1)
        guard !missing.isEmpty else { return }
        Terminal.line("warning: " + missing.map { "supervisor.\($0)" }.joined(separator: "; "))
    }

    private static func runHere(_ arguments: Arguments) throws -> Int32 {
        let signals = try Signals.install()
        // What is started inherits it: the gateway keeps thousands of connections.
        DescriptorLimit.raise(to: 65_536)
        do {
            let (configuration, settings) = try prepared(arguments)
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
            if !arguments.serversOnly { warnOfNobody(settings) }
            // Whatever goes wrong from here on, nothing is left running.
            defer { stack.down() }
            try stack.up()
            if arguments.isBackground {
                Terminal.closeOutput()
            } else if let status = try InstallationStatus.read(home: options.home) {
                Summary.show(status, home: options.home, stop: "Ctrl-C")
            }
            stack.keepAlive()
            if !arguments.isBackground { Terminal.line("stopping") }
            return 0
        } catch {
            // The reader of a background start sees standard output alone.
            if arguments.isBackground { Terminal.line("\(errorMark)\(error)") }
            throw error
        }
    }
}
