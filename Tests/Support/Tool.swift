internal import Foundation
internal import Supervisor

/// Runs programs to their end, from tests.
///
/// Foundation's `Process` is not used: it learns of an end by a socket that other children of the test program may
/// have inherited, and then waits for theirs.
package enum Tool {
    package struct Outcome: Sendable {
        package let code: Int32
        package let output: String
        package let error: String
    }

    /// The program of this build, which lies beside the test program.
    package static func built(_ name: String) throws -> String {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path()
        guard FileManager.default.isExecutableFile(atPath: own) else {
            throw Failure(description: "there is no \(own)")
        }
        return own
    }

    /// The folder of the package, found from this file.
    package static var packageFolder: String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path()
        return folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }

    /// Runs a program to its end. Its environment is `PATH`, `LANG`, `TZ` and what is given.
    package static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Outcome {
        try start(executable, arguments, environment: environment).outcome()
    }

    /// Starts a program; it is ended with the thread that started it.
    package static func start(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Running {
        try Running(executable, arguments, environment)
    }

    package final class Running {
        private let child: ChildProcess
        private let folder: TemporaryFolder

        init(_ executable: String, _ arguments: [String], _ environment: [String: String]) throws {
            folder = try TemporaryFolder("tool")
            let home = try Home(path: folder.file("home")).prepared()
            // Files instead of pipes: a server that the program leaves running would hold a pipe open.
            child = try ChildProcess.spawn(
                ProcessSpec(
                    name: "tool", executable: "/bin/sh",
                    arguments: ["-c", #"exec "$0" "$@" >output 2>error"#, executable] + arguments,
                    environment: environment, directory: folder.path), home: home)
        }

        package var pid: Int32 { child.pid }

        /// Ends a server that would run on.
        package func stop() {
            kill(pid, SIGKILL)
            _ = child.waitForEnd(within: .seconds(10))
        }

        package func output() throws -> String { (try? folder.read("output")) ?? "" }

        package func outcome(within patience: Duration = .seconds(180)) throws -> Outcome {
            switch child.waitForEnd(within: patience) {
            case .exited(let code):
                return Outcome(code: code, output: try folder.read("output"), error: try folder.read("error"))
            case .killed(let signal):
                return Outcome(code: 128 + signal, output: try output(), error: "ended by signal \(signal)")
            case nil:
                kill(pid, SIGKILL)
                throw Failure(description: "the program has not ended within \(patience): \(try output())")
            }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
