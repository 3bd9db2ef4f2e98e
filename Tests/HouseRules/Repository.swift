internal import Foundation
internal import TestSupport

/// The files of this repository, and commands run in it.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The paths that belong to the repository: committed, or new and not ignored.
    static func files() async throws -> [String] {
        let result = try await run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            seconds: 30)
        guard result.status == 0 else { throw Failure(description: "git ls-files: \(result.output)") }
        let paths = result.output.split(separator: "\0").map(String.init)
        // What was deleted but not committed yet is listed as well.
        return Set(paths).sorted().filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Taken apart once: all rules look at the same.
    private static let allSources = Task {
        try await files().filter { $0.hasSuffix(".swift") }.map { SwiftSource(path: $0, text: try text($0)) }
    }

    static func swiftSources(_ wanted: (String) -> Bool = { _ in true }) async throws -> [SwiftSource] {
        try await allSources.value.filter { wanted($0.path) }
    }

    struct CommandResult: Sendable {
        let status: Int32
        /// Both of its outputs, together.
        let output: String
        let timedOut: Bool
    }

    /// Runs a command at the repository's root; when the time is over it and what it started are killed.
    static func run(_ command: [String], input: String = "", seconds: Int) async throws -> CommandResult {
        try await onThread("command") {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            // In a group of its own, so that it can be ended with everything that it started; by KILL, since TERM is
            // blocked in the threads of a test run, and a child inherits that.
            process.arguments = ["timeout", "--signal=KILL", "\(seconds)"] + command
            process.currentDirectoryURL = root
            let (given, taken) = (Pipe(), Pipe())
            process.standardInput = given
            process.standardOutput = taken
            process.standardError = taken
            try process.run()
            try given.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try given.fileHandleForWriting.close()
            let output = try taken.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            let status = process.terminationStatus
            let killed = process.terminationReason == .uncaughtSignal && status == SIGKILL
            return CommandResult(
                status: status, output: String(decoding: output, as: UTF8.self), timedOut: killed || status == 137)
        }
    }
}
