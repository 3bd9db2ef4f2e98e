/// The commands of a Markdown page that promise to work.
///
/// A fenced block right after a line `<!-- check -->` is run, all its lines in one `bash -e`, at the repository's root.
/// `<!-- check 300 -->` gives it 300 seconds instead of 60. Lines that begin with `$ ` are commands, and the others
/// what they print, which is not compared; where no line does, all are commands.
struct MarkdownCheck: Equatable {
    let line: Int
    let script: String
    let seconds: Int

    static func all(in text: String) -> (checks: [MarkdownCheck], problems: [String]) {
        var checks: [MarkdownCheck] = []
        var problems: [String] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() {
            guard let marker = line.wholeMatch(of: #/\s*<!--\s*check(?:\s+(\d+))?\s*-->\s*/#) else {
                if line.contains(#/<!--\s*check/#) {
                    problems.append("line \(index + 1): no marker that is understood")
                }
                continue
            }
            guard index + 1 < lines.count, let fence = lines[index + 1].prefixMatch(of: #/\s*(```+)\w*\s*$/#),
                let end = lines[(index + 2)...].firstIndex(where: { $0.hasSuffix(fence.output.1) })
            else {
                problems.append("line \(index + 1): no fenced block follows the marker")
                continue
            }
            let block = lines[(index + 2)..<end]
            let prompted = block.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
            let script = (prompted.isEmpty ? Array(block) : prompted).joined(separator: "\n")
            // A check that runs the tests would run itself.
            if script.contains("Config/test") || script.contains("swift test") {
                problems.append("line \(index + 1): a check cannot run the tests that run it")
            } else {
                checks.append(
                    MarkdownCheck(line: index + 1, script: script, seconds: marker.output.1.flatMap { Int($0) } ?? 60))
            }
        }
        return (checks, problems)
    }

    /// Runs it; `nil` when all went well.
    func run() async throws -> String? {
        let result = try await Repository.run(
            ["bash", "-e", "-o", "pipefail", "-s"], input: script + "\n", seconds: seconds)
        if result.status == 0 { return nil }
        let end = result.timedOut ? "did not end within \(seconds) s" : "ended with \(result.status)"
        return "the check in line \(line) \(end):\n\(script)\n--- its output:\n\(result.output)"
    }
}
