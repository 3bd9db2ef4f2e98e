package import Wire

/// What an outside developer has to know of one operation, beside what `Operation` says.
package struct Guide: Sendable {
    package enum Tag: String, CaseIterable, Sendable {
        case catalogue = "Catalogue"
        case selling = "Selling"
        case waitlist = "Waitlist"
        case bookings = "Bookings and tickets"
        case desk = "Desk"
        case accounts = "Accounts"
        case internalListener = "Internal"
        case requests = "Requests"
        case operating = "Operating"
        case interface = "This interface"
    }

    package let tag: Tag
    /// A few words, as a heading.
    package let summary: String
    /// Markdown.
    package let text: String
    package var parameters: [Parameter]
    package var body: Body?
    /// What is answered when all is well.
    package var answers: [Answer]
    /// What else is answered: every code that this operation can come to.
    package var problems: [ProblemCode]
}

extension Guide {
    /// A problem for each status that one of the codes has.
    package var problemAnswers: [Answer] {
        Set(problems.map(\.status)).sorted().map { status in
            let codes = problems.filter { $0.status == status }
            let schemas = codes.map { Schema.component($0.component) }
            return Answer(
                status: status, text: codes.map { "`\($0.text)`: \($0.title)." }.joined(separator: "\n\n"),
                bodies: [
                    Body(
                        type: "application/problem+json",
                        schema: schemas.count == 1 ? schemas[0] : .oneOf(schemas, by: "code"))
                ], headers: [.requestId] + Header.ofProblem(status))
        }
    }

    package func answer(_ status: Int) -> Answer? { (answers + problemAnswers).first { $0.status == status } }
}

/// A part of a path, of a query or of a request's header.
package struct Parameter: Sendable {
    package enum Place: String, Sendable {
        case path, query, header
    }

    package let name: String
    package let place: Place
    package let isRequired: Bool
    package let schema: Schema
    package let text: String
}

/// What a request carries, or an answer.
package struct Body: Sendable {
    package let type: String
    package let schema: Schema
    package var examples: [Example] = []
    /// In bytes; nil where nothing is known of it.
    package var limit: Int?
    /// Of a text of lines, what each of them is.
    package var line: Schema?
}

package struct Example: Sendable {
    package let name: String
    package let summary: String
    package let value: JSONValue

    init(_ name: String, _ summary: String, _ value: JSONValue) {
        self.name = name
        self.summary = summary
        self.value = value
    }
}

package struct Answer: Sendable {
    package let status: Int
    package let text: String
    package var bodies: [Body] = []
    package var headers: [Header] = []
    /// What the answer's ids are good for.
    package var links: [Link] = []
}

/// An id of an answer, and an operation that takes it.
package struct Link: Sendable {
    package let operation: Operation
    /// Into the answer's body.
    package let pointer: String
}

/// A field of an answer's header.
package struct Header: Sendable {
    package let name: String
    package let text: String
    package let schema: Schema
    package var isRequired = false
}

/// The guides of all operations.
enum Guides {
    static let all = [
        catalogue, shows, selling, waitlist, bookings, accounts, sessions, desk, internalListener, requests, operating,
        interface,
    ].flatMap(\.self)
    private static let byName = Dictionary(all.map { ($0.0.name, $0.1) }) { first, _ in first }

    static subscript(name: String) -> Guide? { byName[name] }
}

extension Operation {
    /// Nil only where somebody forgot to write it: a test finds out.
    package var guide: Guide? { Guides[name] }
}
