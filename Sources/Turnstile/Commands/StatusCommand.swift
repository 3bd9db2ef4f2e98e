internal import Supervisor

enum StatusCommand {
    /// The exit code of `status` when nothing runs, as service scripts have it.
    static let notRunning: Int32 = 3

    static func run(_ arguments: Arguments) throws -> Int32 {
        guard let status = try InstallationStatus.read(home: arguments.home) else {
            let leftovers = InstallationStatus.leftovers(in: arguments.home)
            if leftovers.isEmpty {
                Terminal.line("nothing is running in \(arguments.home.path)")
            } else {
                Terminal.line(
                    "no supervisor is running in \(arguments.home.path), but it left "
                        + "\(leftovers.joined(separator: ", ")); the next start ends what is left")
            }
            return notRunning
        }
        Summary.show(status, home: arguments.home)
        return 0
    }
}
