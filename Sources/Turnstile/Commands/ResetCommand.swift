internal import Glibc
internal import Supervisor

enum ResetCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        guard arguments.yes || confirmed(arguments.home.path) else {
            Terminal.line("nothing was removed")
            return 1
        }
        try Shutdown.reset(home: arguments.home)
        Terminal.line("removed \(arguments.home.path)")
        return 0
    }

    private static func confirmed(_ path: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            Terminal.error("--reset throws away all data in \(path): add --yes, or run it at a terminal")
            return false
        }
        Terminal.line("This stops Turnstile and throws away all data in \(path). Type “yes” to go on:")
        return readLine() == "yes"
    }
}
