internal import Glibc

/// Why a program cannot do its work, and what it ends with.
public struct ProgramFailure: Error, CustomStringConvertible {
    public let code: ExitCode
    public let description: String

    public init(_ code: ExitCode, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A key that is missing, or is none.
    ///
    /// - Parameter variable: names the setting to whoever has to correct it.
    public static func badKey(_ variable: String, bytes count: Int) -> ProgramFailure {
        ProgramFailure(.badSettings, "\(variable) must be \(count) bytes in hexadecimal")
    }

    /// For what goes wrong before there is a log.
    func report() -> Never {
        let text = Array("error: \(description)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        code.exit()
    }
}
