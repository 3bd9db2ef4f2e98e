internal import Glibc
internal import Runtime

/// Why a worker cannot start, and what it ends with.
struct WorkerFailure: Error, CustomStringConvertible {
    let code: ExitCode
    let description: String

    init(_ code: ExitCode, _ description: String) {
        self.code = code
        self.description = description
    }

    /// For what goes wrong before there is a log.
    func report() -> Never {
        let text = Array("error: \(description)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        code.exit()
    }
}
