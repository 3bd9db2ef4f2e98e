internal import TestSupport

/// One run of the load generator `wrk`.
enum Wrk {
    struct Report {
        let completed: Int
        let perSecond: Int
        /// Sockets that failed to connect, read or write, requests that took over 2 s, answers other than 2xx and 3xx.
        let errors: Int
        let p50: String
        let p99: String
        /// What a script printed, line by line, after a `#`.
        let remarks: [String]
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter script: a file in Lua that makes the requests.
    static func run(
        port: UInt16, path: String, connections: Int, seconds: Int, headers: [String] = [], script: String? = nil,
        environment: [String: String] = [:]
    ) throws -> Report {
        let outcome = try Tool.start(
            "/usr/bin/env",
            ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency"] + headers.flatMap { ["-H", $0] }
                + (script.map { ["-s", $0] } ?? []) + ["http://127.0.0.1:\(port)\(path)"], environment: environment
        ).outcome(within: .seconds(seconds + 60))
        guard outcome.code == 0, let report = parse(outcome.output) else {
            throw Failure(description: "wrk ended with \(outcome.code): \(outcome.output)\(outcome.error)")
        }
        return report
    }

    private static func parse(_ output: String) -> Report? {
        var completed: Int?
        var perSecond: Double?
        var errors = 0
        var (p50, p99) = ("?", "?")
        var remarks: [String] = []
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.contains(" requests in ") { completed = Int(words[0]) }
            if line.contains("Requests/sec:") { perSecond = words.last.flatMap { Double($0) } }
            if line.contains("Socket errors:") || line.contains("Non-2xx") {
                errors += words.compactMap { Int($0.filter { $0 != "," }) }.reduce(0, +)
            }
            if words.first == "50%" { p50 = String(words[1]) }
            if words.first == "99%" { p99 = String(words[1]) }
            if line.first == "#" { remarks.append(String(line.dropFirst(2))) }
        }
        guard let completed, let perSecond else { return nil }
        return Report(
            completed: completed, perSecond: Int(perSecond), errors: errors, p50: p50, p99: p99, remarks: remarks)
    }
}
