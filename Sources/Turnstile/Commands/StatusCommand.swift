internal import Supervisor

enum StatusCommand {
    /// The exit code of `status` when nothing runs, as service scripts have it.
    static let notRunning: Int32 = 3

    static func run(_ arguments: Arguments) throws -> Int32 {
        guard let status = try InstallationStatus.read(home: arguments.home) else {
            Terminal.line("nothing is running in \(arguments.home.path)")
            return notRunning
        }
        Summary.show(status, home: arguments.home)
        return 0
    }
}
