internal import Foundation

/// Rules that look at one file at a time. Each returns what is wrong, with file and line.
enum CodeRules {
    /// `try!`, `as!`, force unwraps, implicitly unwrapped optionals and `fatalError(`: outside of tests a fault is an
    /// error that somebody handles, or a `precondition` that says what was misused.
    static func noTraps(_ source: SwiftSource) -> [String] {
        find(#/\btry!|\bas!|\bfatalError\s*\(|[\w)\]}>"`?!]!(?!=)/#, in: source) { match in
            switch match {
            case "try!", "as!": "\(match) traps"
            case let text where text.hasPrefix("fatalError"): "fatalError traps: throw, or state a precondition"
            default: "a force unwrap, or an implicitly unwrapped optional"
            }
        }
    }

    /// Whoever tells the compiler to trust the code says why it may, in a comment with the word “because” close by.
    static func reasons(_ source: SwiftSource) -> [String] {
        let trusted = #/@unchecked\s+Sendable|\b(?:nonisolated|unowned)\s*\(\s*unsafe|@preconcurrency|unsafeBitCast/#
        let problems: [Problem] = find(trusted, in: source) { "\($0) without a “because” close by" }
        return problems.filter { problem in
            let near = max(0, problem.line - 5)..<min(source.comments.count, problem.line + 4)
            return !source.comments[near].contains { $0.lowercased().contains("because") }
        }
        .map(\.text)
    }

    /// A test that does not run passes for one that does. What cannot be had is reported as skipped by `Config/test`.
    static func noDisabledTests(_ source: SwiftSource) -> [String] {
        find(
            #/\.disabled\s*\(|\.enabled\s*\(|\bwithKnownIssue\b|#if\s+false\b|\bXCTSkip\b|\bTest\.cancel\b/#, in: source
        ) {
            "\($0): no test is disabled"
        }.map(\.text)
    }

    static func width(_ source: SwiftSource) -> [String] {
        source.lines.enumerated().filter { $0.element.count > 120 }
            .map { "\(source.path):\($0.offset + 1): \($0.element.count) columns, of 120" }
    }

    static func length(_ source: SwiftSource) -> [String] {
        source.lines.count > 500 ? ["\(source.path): \(source.lines.count) lines, of 500: one type a file"] : []
    }

    static func noLeftovers(_ source: SwiftSource) -> [String] {
        source.comments.enumerated().filter { $0.element.contains(#/\b(TODO|FIXME|XXX|HACK)\b/#) }
            .map { "\(source.path):\($0.offset + 1): do it, or write an issue" }
    }

    private struct Problem {
        let line: Int
        let text: String
    }

    private static func find<Output>(
        _ pattern: some RegexComponent<Output>, in source: SwiftSource, _ say: (String) -> String
    ) -> [Problem] {
        source.code.enumerated().flatMap { index, line in
            line.matches(of: pattern).map { match in
                Problem(line: index + 1, text: "\(source.path):\(index + 1): \(say(String(line[match.range])))")
            }
        }
    }

    private static func find<Output>(
        _ pattern: some RegexComponent<Output>, in source: SwiftSource, _ say: (String) -> String
    ) -> [String] {
        find(pattern, in: source, say).map(\.text)
    }

    /// What may stand at the top: what DESIGN.md lists, and dotfiles.
    static func topLevel(_ paths: [String]) -> [String] {
        let allowed: Set = ["Package.swift", "README.md", "Config", "Sources", "Tests", "Workers"]
        let found = Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) })
        return found.filter { !allowed.contains($0) && !$0.hasPrefix(".") }.sorted()
    }
}
