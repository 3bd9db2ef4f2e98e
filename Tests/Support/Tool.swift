internal import Foundation

/// Runs programs to their end, from tests.
public enum Tool {
    public struct Outcome: Sendable {
        public let code: Int32
        public let output: String
        public let error: String
    }

    /// The program of this build, which lies beside the test program.
    public static func built(_ name: String) throws -> String {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path()
        guard FileManager.default.isExecutableFile(atPath: own) else { throw Missing(path: own) }
        return own
    }

    /// The folder of the package, found from this file.
    public static var packageFolder: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path()
    }

    public static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = try start(executable, arguments, environment: environment)
        return try process.outcome()
    }

    /// A program that was started and whose end can be waited for.
    public static func start(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Running {
        try Running(executable, arguments, environment)
    }

    public final class Running {
        private let process = Process()
        private let folder: TemporaryFolder

        init(_ executable: String, _ arguments: [String], _ environment: [String: String]) throws {
            // Files instead of pipes: a server that the program leaves running would hold a pipe open.
            folder = try TemporaryFolder("tool")
            process.executableURL = URL(filePath: executable)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try Self.writer(folder.write("", to: "output"))
            process.standardError = try Self.writer(folder.write("", to: "error"))
            try process.run()
        }

        private static func writer(_ path: String) throws -> FileHandle {
            guard let handle = FileHandle(forWritingAtPath: path) else { throw Missing(path: path) }
            return handle
        }

        public var pid: Int32 { process.processIdentifier }
        public func output() throws -> String { try folder.read("output") }

        public func outcome() throws -> Outcome {
            process.waitUntilExit()
            return Outcome(
                code: process.terminationStatus, output: try folder.read("output"), error: try folder.read("error"))
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "there is no \(path)" }
    }
}
