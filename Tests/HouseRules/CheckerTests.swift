internal import Testing

/// The checkers find what they are there to find, and nothing else.
@Suite struct CheckerTests {
    private func source(_ text: String, path: String = "Sources/Runtime/X.swift") -> SwiftSource {
        SwiftSource(path: path, text: text)
    }

    // MARK: Code, comments and text

    @Test(arguments: [
        ("let a = 1 // try! x", "let a = 1          "),
        ("/* a /* b */ c */ d", "                  d"),
        ("let s = \"x! // y\" + z", "let s = \"       \" + z"),
        ("\"\\\"x\" + y!", "\"   \" + y!"),
        ("\"a \\(b! + \"c \\(d!)\") e\"", "\"   (b! + \"   (d!)\")  \""),
        ("#\"a \\(b!) \"c\"# + d", "#\"          \"# + d"),
        ("#\"a \\#(b!)\"#", "#\"    (b!)\"#"),
        ("#/\"x/# + y!", "#/  /# + y!"),
        ("#if DEBUG", "#if DEBUG"),
    ])
    func tellsCodeFromCommentsAndText(text: String, expected: String) {
        #expect(source(text).allCode == expected)
    }

    @Test func stringsOfSeveralLinesKeepTheirLines() {
        let text = "let a = \"\"\"\n  x! \"quoted\" \\(y!)\n  \"\"\"\nlet b = z!"
        #expect(source(text).code == ["let a = \"\"\"", "               (y!)", "  \"\"\"", "let b = z!"])
        #expect(source("a\n// b\n\nc").comments == [" ", "// b", "", " "])
    }

    @Test func noTextTraps() {
        let pieces = [
            "\"", "\"\"\"", "#", "\\", "\\(", "(", ")", "/*", "*/", "//", "\n", "x!", "#/", "/#", "é", "\r\n",
        ]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...15)).map { _ in pieces.randomElement() ?? "" }.joined()
            let source = source(text)
            #expect(source.code.count == source.lines.count && source.comments.count == source.lines.count, "\(text)")
            #expect(zip(source.code, source.lines).allSatisfy { $0.unicodeScalars.count == $1.unicodeScalars.count })
        }
    }

    // MARK: Traps

    @Test(arguments: [
        "let a = try! f()", "let a = b as! C", "let a = b!", "let a = b()!", "a[0]!.c()", "var a: B!", "var a: [B]!",
        "fatalError(\"x\")", "fatalError ()", "let a = \"\\(b!)\"", "f(a!, b)", "a!.b", "let a = b!!", "a?.b!",
        "x = {1}()!",
        "let a: Array<B>! = nil",
    ])
    func findsTraps(code: String) {
        #expect(!CodeRules.noTraps(source(code)).isEmpty)
        #expect(CodeRules.noTraps(source("// \(code)")).isEmpty)
    }

    @Test(arguments: [
        "if !a { }", "a != b", "a!=b", "f(!a)", "[!a]", "a && !b", "return !a", "{ !$0 }", "let a = \"stop!\"",
        "try? f()",
        "a as? B", "// a force unwrap: b!", "preconditionFailure(\"x\")", "a(b: !c)", "\"\"\"\n b!\n \"\"\"",
        "#\"b!\"#",
        "notfatalError()",
    ])
    func findsNoTrapWhereThereIsNone(code: String) {
        #expect(CodeRules.noTraps(source(code)) == [])
    }

    // MARK: Reasons, disabled tests, width, length

    @Test func asksForReasons() {
        #expect(CodeRules.reasons(source("final class A: @unchecked Sendable {\n}")).count == 1)
        #expect(CodeRules.reasons(source("nonisolated(unsafe) var a = 1")).count == 1)
        #expect(CodeRules.reasons(source("final class A: @unchecked Sendable {  // because: a lock\n}")) == [])
        #expect(CodeRules.reasons(source("// Because it is never written.\nnonisolated(unsafe) let a = b")) == [])
        #expect(CodeRules.reasons(source("let because = 1\nnonisolated(unsafe) let a = b")).count == 1)
        let far = "// because: too far away\n\n\n\n\n\nfinal class A: @unchecked Sendable {}"
        #expect(CodeRules.reasons(source(far)).count == 1)
    }

    @Test func findsDisabledTests() {
        for code in ["@Test(.disabled(\"x\"))", "@Test(.enabled(if: x))", "withKnownIssue { }", "#if false"] {
            #expect(CodeRules.noDisabledTests(source(code)).count == 1, "\(code)")
        }
        #expect(CodeRules.noDisabledTests(source("// .disabled(\n@Test func x() {}")) == [])
    }

    @Test func findsLongLinesAndFilesAndLeftovers() {
        #expect(CodeRules.width(source(String(repeating: "é", count: 120))) == [])
        #expect(CodeRules.width(source("a\n" + String(repeating: "x", count: 121))).count == 1)
        #expect(CodeRules.length(source(String(repeating: "\n", count: 499))) == [])
        #expect(CodeRules.length(source(String(repeating: "\n", count: 500))).count == 1)
        // Built from two halves, or this line would be found.
        #expect(CodeRules.noLeftovers(source("// TO" + "DO: later")).count == 1)
        #expect(CodeRules.noLeftovers(source("let a = \"TO" + "DO\"")) == [])
    }

    @Test func findsStrangersAtTheTop() {
        #expect(CodeRules.topLevel(["Package.swift", ".gitignore", "Sources/A/a.swift", ".ci/run"]) == [])
        #expect(CodeRules.topLevel(["Makefile", "docs/x.md", "Sources/A/a.swift"]) == ["Makefile", "docs"])
    }

    // MARK: Layers

    private static let manifest = """
        library("Runtime", ["CLinux"]),
        library("Ticketing"),
        library("RabbitMQ", ["Runtime", "CRabbitMQ"]),
        library("Postgres", ["Runtime", "CPostgres", "RabbitMQ"]),
        library("Wire", ["Runtime"]),
        .executableTarget(
            name: "Turnstile", dependencies: ["Runtime", "Supervisor"], path: "Sources/Turnstile",
        tests("RabbitMQ", of: ["RabbitMQ"]),
        """

    private func problems(_ text: String, in path: String) -> [String] {
        Layers(manifest: Self.manifest).problems(in: source(text, path: path))
    }

    @Test func downwardImportsAreFine() {
        #expect(problems("internal import CLinux\nimport Glibc", in: "Sources/Runtime/A/a.swift") == [])
        #expect(problems("public import Runtime\ninternal import CRabbitMQ", in: "Sources/RabbitMQ/a.swift") == [])
        #expect(problems("import Supervisor", in: "Sources/Turnstile/a.swift") == [])
        #expect(
            problems("internal import RabbitMQ\n@testable internal import TestSupport", in: "Tests/RabbitMQ/a.swift")
                == [])
        #expect(problems("// import Postgres\nlet a = \"import Postgres\"", in: "Sources/Ticketing/a.swift") == [])
    }

    @Test(arguments: [
        ("import RabbitMQ", "Sources/Runtime/a.swift", "downward"),
        ("import RabbitMQ", "Sources/Postgres/a.swift", "downward"),
        ("import Wire", "Sources/RabbitMQ/a.swift", "downward"),
        ("import Foundation", "Sources/Ticketing/a.swift", "imports nothing"),
        ("internal import CPostgres", "Sources/RabbitMQ/a.swift", "does not give"),
        ("internal import CRabbitMQ", "Sources/Turnstile/a.swift", "does not give"),
        ("internal import CRabbitMQ", "Tests/RabbitMQ/a.swift", "does not give"),
        ("import CRabbitMQ", "Sources/RabbitMQ/a.swift", "internal import"),
        ("public import CRabbitMQ", "Sources/RabbitMQ/a.swift", "internal import"),
        ("import struct Postgres.Row", "Sources/RabbitMQ/a.swift", "downward"),
        ("@preconcurrency import Postgres", "Sources/RabbitMQ/a.swift", "downward"),
        ("import Something", "Sources/RabbitMQ/a.swift", "not declared"),
        ("import Runtime", "Sources/Stranger/a.swift", "no place"),
    ])
    func upwardAndUndeclaredImportsAreFound(text: String, path: String, expected: String) {
        let found = problems(text, in: path)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test func theManifestIsUnderstood() throws {
        let layers = Layers(manifest: try Repository.text("Package.swift"))
        #expect(layers.declared["Runtime"] == ["CLinux"])
        #expect(layers.declared["HTTPServer"]?.contains("CMicrohttpd") == true)
        #expect(layers.declared["RuntimeTests"]?.isSuperset(of: ["Runtime", "TestSupport"]) == true)
        #expect(layers.declared["Turnstile"]?.contains("Runtime") == true)
        #expect(layers.declared["Benchmarks"]?.contains("CRabbitMQ") == true)
    }

    // MARK: Markdown

    @Test func findsTheMarkedCommands() {
        let text = """
            ```sh
            not marked
            ```
            <!-- check -->
            ```sh
            echo one
            echo two
            ```
            <!-- check 5 -->
            ```console
            $ echo three
            three
            $ echo four
            ```
            """
        let (checks, problems) = MarkdownCheck.all(in: text)
        #expect(problems == [])
        #expect(
            checks == [
                MarkdownCheck(line: 4, script: "echo one\necho two", seconds: 60),
                MarkdownCheck(line: 9, script: "echo three\necho four", seconds: 5),
            ])
    }

    @Test func aMarkerWithoutABlockIsFound() {
        #expect(MarkdownCheck.all(in: "<!-- check -->\ntext").problems.count == 1)
        #expect(MarkdownCheck.all(in: "<!-- check -->\n```sh\nno end").problems.count == 1)
        #expect(MarkdownCheck.all(in: "<!-- check soon -->\n```sh\nx\n```").problems.count == 1)
        #expect(MarkdownCheck.all(in: "<!-- check -->\n```sh\nConfig/test\n```").problems.count == 1)
    }

    @Test func aCommandThatFailsIsShownWithItsOutput() async throws {
        #expect(try await MarkdownCheck(line: 1, script: "test -f Package.swift", seconds: 20).run() == nil)
        let failed = try await MarkdownCheck(line: 7, script: "echo before\nfalse\necho after", seconds: 20).run()
        #expect(failed?.contains("line 7 ended with 1") == true)
        #expect(
            failed?.contains("--- its output:\nbefore\n") == true && failed?.contains("output:\nbefore\nafter") == false
        )
        let slow = try await MarkdownCheck(line: 1, script: "sleep 60 & sleep 60", seconds: 1).run()
        #expect(slow?.contains("did not end within 1 s") == true)
        #expect(try await MarkdownCheck(line: 1, script: "false | true", seconds: 20).run() != nil)
    }
}
