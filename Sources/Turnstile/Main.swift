internal import Glibc
internal import Runtime
internal import Supervisor

/// The command-line tool.
@main
enum Main {
    static func main() {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            exit(try run(arguments))
        } catch let error as UsageError {
            Terminal.error("\(error.description)\n“turnstile --help” names all commands and options")
            exit(ExitCode.usage.rawValue)
        } catch let failure as ProgramFailure {
            Terminal.error(failure.description)
            failure.code.exit()
        } catch {
            Terminal.error("\(error)")
            exit(ExitCode.failure.rawValue)
        }
    }

    private static func run(_ arguments: Arguments) throws -> Int32 {
        switch arguments.command {
        case .up: try UpCommand.run(arguments)
        case .stop: try StopCommand.run(arguments)
        case .status: try StatusCommand.run(arguments)
        case .reset: try ResetCommand.run(arguments)
        case .tenants, .keys: try AccessCommand.run(arguments)
        case .partitions: try PartitionsCommand.run(arguments)
        case .simulate: try SimulateCommand.run(arguments)
        case .replay: try ReplayCommand.run(arguments)
        case .verify: try VerifyCommand.run(arguments)
        case .reconcile: try ReconcileCommand.run(arguments)
        case .journal: try JournalCommand.run(arguments)
        case .help:
            {
                Terminal.line(Arguments.usage)
                return 0
            }()
        }
    }
}
