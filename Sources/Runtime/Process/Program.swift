internal import Glibc

/// A program of an installation as whoever starts it meets it: one argument, settings, a log on standard error, signals
/// that drain it, and an exit code that says what became of it.
///
///     static func main() {
///         Program.run("turnstile-seats", service: "seats") { program in
///             …
///             program.shutdown.wait()
///         }
///     }
public struct Program: Sendable {
    public let settings: Settings
    public let log: Log
    /// Begins with TERM or INT.
    public let shutdown: ShutdownSignal
    /// With the figures of the process.
    public let metrics: Metrics

    /// Runs `body` and ends the process: with 0 when it returns, else with what it throws in the log.
    ///
    /// - Parameters:
    ///   - name: the program's, for whoever gives it arguments that it does not take.
    ///   - service: what its log calls it.
    ///   - sections: of the settings, beside those that every installation has.
    public static func run(
        _ name: String, service: String, sections: [any SettingsSection.Type] = [], _ body: (Program) throws -> Void
    ) -> Never {
        do {
            let signals = try Signals.install()
            let arguments = CommandLine.arguments.dropFirst()
            guard arguments.isEmpty || (arguments.count == 2 && arguments.first == "--settings") else {
                throw ProgramFailure(.usage, "usage: \(name) [--settings FILE]")
            }
            let settings = try Settings.load(
                file: arguments.last, environment: ProcessEnvironment.current,
                sections: StandardSections.all + sections,
                others: .passedOver)
            let log = settings[LogSection.self].log(service: service)
            let metrics = Metrics()
            metrics.addProcess(log: log)
            do {
                try body(Program(settings: settings, log: log, shutdown: signals.shutdown, metrics: metrics))
                ExitCode.success.exit()
            } catch {
                log.error("\(name) cannot work", error)
                ((error as? ProgramFailure)?.code ?? .failure).exit()
            }
        } catch let failure as ProgramFailure {
            failure.report()
        } catch {
            ProgramFailure(error is SettingsError ? .badSettings : .failure, "\(error)").report()
        }
    }

    /// Where the two servers are.
    public func servers() throws(ProgramFailure) -> (postgres: Secret, rabbitMQ: Secret) {
        guard let postgres = settings[PostgresSection.self].url, let rabbitMQ = settings[RabbitMQSection.self].url
        else {
            throw ProgramFailure(.badSettings, "TURNSTILE_POSTGRES_URL and TURNSTILE_RABBITMQ_URL must be set")
        }
        return (postgres, rabbitMQ)
    }

    /// A name that no other process has or will have, and short: with a role behind it, it fits into the name of a
    /// session of Postgres (63 bytes).
    public static func uniqueName() -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let safe = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" }
        let random = Hex.text(UInt64.random(in: 0 ... .max)).suffix(12)
        return "\(safe.prefix(20))-\(getpid())-\(random)"
    }
}
