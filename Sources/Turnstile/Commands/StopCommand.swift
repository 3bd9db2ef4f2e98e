internal import Supervisor

enum StopCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        switch try Shutdown.perform(home: arguments.home) {
        case .wasNotRunning: Terminal.line("nothing is running in \(arguments.home.path)")
        case .stopped: Terminal.line("stopped")
        }
        return 0
    }
}
