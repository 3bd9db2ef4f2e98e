internal import HTTPServer
internal import Wire

/// `/problems/{code}`: what a code means, as a page, as JSON and as text. Made once.
struct ProblemPage: Sendable {
    let html: PreparedBody
    let json: PreparedBody
    let text: PreparedBody

    /// By their codes. One code may be answered by several, and then has an explanation for each.
    static func all(of operations: [Operation] = Operation.all) -> [String: ProblemPage] {
        let uses = Self.uses(operations)
        return Dictionary(grouping: ProblemCode.all, by: \.text).mapValues { codes in
            ProblemPage(
                ProblemPageContent(
                    cases: codes.map { ProblemPageContent.Case(code: $0, operations: uses[$0] ?? []) }))
        }
    }

    private init(_ content: ProblemPageContent) {
        html = PreparedBody(content.html.utf8)
        json = PreparedBody(content.json.bytes)
        text = PreparedBody(content.text.utf8)
    }

    private static func uses(_ operations: [Operation]) -> [ProblemCode: [Operation]] {
        var uses: [ProblemCode: [Operation]] = [:]
        for operation in operations {
            for code in operation.guide?.problems ?? [] { uses[code, default: []].append(operation) }
        }
        return uses
    }
}

/// What a page says, in each of its forms.
struct ProblemPageContent {
    struct Case {
        let code: ProblemCode
        /// Those that can be answered so.
        let operations: [Operation]

        var routes: [String] { operations.map { "\($0.method) \($0.template)" } }
    }

    let cases: [Case]

    private var code: String { cases[0].code.text }
    private var title: String { cases[0].code.title }

    private static let retryHeading = "Again with the same idempotency key?"

    var json: JSONValue {
        [
            "code": .string(code), "statuses": .array(Set(cases.map(\.code.status)).sorted().map { .integer($0) }),
            "title": .string(title),
            "cases": .array(
                cases.map { one in
                    let explanation = one.code.explanation
                    return [
                        "status": .integer(one.code.status), "meaning": .string(explanation.meaning),
                        "cause": .string(explanation.cause), "remedy": .string(explanation.remedy),
                        "retry": .string(explanation.retry.word), "retryText": .string(explanation.retry.text),
                        "operations": .array(one.operations.map { .string($0.name) }),
                    ]
                }),
        ]
    }

    var text: String {
        cases.map { one in
            let explanation = one.code.explanation
            return """
                \(code) (\(one.code.status)): \(one.code.title)

                \(explanation.meaning)

                Why: \(explanation.cause)

                What to do: \(explanation.remedy)

                \(Self.retryHeading) \(explanation.retry.text)

                Answered to: \(one.routes.isEmpty ? "no route of this interface" : one.routes.joined(separator: ", "))

                """
        }.joined(separator: "\n")
    }

    var html: String {
        let sections = cases.map { one in
            let explanation = one.code.explanation
            let routes = one.routes.map { "<li><code>\(Self.escaped($0))</code></li>" }.joined(separator: "\n")
            return """
                <section>
                <p class="status">\(one.code.status) <code>\(code)</code></p>
                <p class="lead">\(Self.marked(explanation.meaning))</p>
                <h2>Why</h2>
                <p>\(Self.marked(explanation.cause))</p>
                <h2>What to do</h2>
                <p>\(Self.marked(explanation.remedy))</p>
                <h2>\(Self.retryHeading)</h2>
                <p>\(Self.marked(explanation.retry.text))</p>
                \(routes.isEmpty ? "" : "<details><summary>Answered to</summary><ul>\n\(routes)\n</ul></details>")
                </section>
                """
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(code): \(Self.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(Self.escaped(title))</h1>
            \(sections.joined(separator: "\n"))
            <footer><a href="/openapi.json">The description of this interface</a></footer>
            </main>
            </body>
            </html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark}\
        body{font:17px/1.55 system-ui,sans-serif;margin:0;padding:2rem 1rem}\
        main{max-width:42rem;margin:auto}\
        h1{font-size:1.7rem;line-height:1.2;margin:0 0 1rem}\
        h2{font-size:1rem;margin:1.4rem 0 .2rem}\
        p{margin:.2rem 0}\
        section+section{border-top:1px solid #8886;margin-top:2rem;padding-top:1rem}\
        .status{opacity:.75}\
        .lead{font-size:1.15rem;margin:.8rem 0}\
        code{background:#8882;border-radius:4px;padding:.1em .3em;font-size:.9em}\
        details{margin-top:1.4rem}\
        ul{padding-left:1.2rem}\
        footer{margin-top:2.5rem;font-size:.9rem}
        """

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    /// What stands between back-quotes is code.
    private static func marked(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map { escaped(String($0)) }
        return parts.enumerated().map { $0.offset.isMultiple(of: 2) ? $0.element : "<code>\($0.element)</code>" }
            .joined()
    }
}
