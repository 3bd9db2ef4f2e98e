package import API
internal import HTTPServer
package import Testing
internal import Wire

/// Holds real answers against the description: what a test gets from a server goes through here.
///
///     Conformance.check(.reserve, status: 201, headers: response.headers, body: response.body)
package enum Conformance {
    /// - Parameters:
    ///   - headers: names in any case.
    ///   - isStrict: whether members that are not described are wrong.
    package static func check(
        _ operation: API.Operation, status: Int, headers: [(name: String, value: String)], body: [UInt8],
        isStrict: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = problems(operation, status: status, headers: headers, body: body, isStrict: isStrict)
        #expect(
            found.isEmpty,
            """
            \(operation.name) \(status): \(found.joined(separator: "; ")) in \
            \(String(decoding: body.prefix(2_000), as: UTF8.self))
            """, sourceLocation: sourceLocation)
    }

    package static func problems(
        _ operation: API.Operation, status: Int, headers: [(name: String, value: String)], body: [UInt8],
        isStrict: Bool = true
    ) -> [String] {
        guard let guide = operation.guide else { return ["the operation is not described"] }
        guard let answer = guide.answer(status) else { return ["the status is not described"] }
        var problems = check(headers, answer)
        let type = field("Content-Type", headers).map { String($0.prefix { $0 != ";" }) }
        guard !body.isEmpty || !answer.bodies.isEmpty else { return problems }
        // It is the same body.
        guard field("Content-Encoding", headers) == nil else { return problems }
        guard let type else { return problems + ["there is no Content-Type"] }
        guard let described = answer.bodies.first(where: { $0.type == type }) else {
            return problems + ["the type \(type) is not described"]
        }
        let check = SchemaCheck(isStrict: isStrict)
        if let line = described.line {
            for (index, text) in body.split(separator: UInt8(ascii: "\n")).enumerated() {
                problems += check.problems(text: Array(text), line, at: "line \(index)")
            }
        } else if type.hasSuffix("json") {
            problems += check.problems(text: body, described.schema)
        }
        return problems
    }

    /// The same for an answer to whatever was sent: what belongs to no operation has to be a problem.
    package static func check(
        _ method: String, _ target: String, _ response: RawHTTPResponse,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        // No body to look at.
        guard method != "HEAD", method != "OPTIONS" else { return }
        let path = target.prefix { $0 != "?" }
        let known = Operation.all + Operation.internalOnly
        if let operation = known.first(where: { $0.method.description == method && $0.isRoute(of: path) }) {
            check(
                operation, status: response.status, headers: response.headers, body: response.body,
                sourceLocation: sourceLocation)
        } else {
            let codes = ProblemCode.all.filter { $0.status == response.status }
            let found = SchemaCheck(isStrict: true).problems(
                text: response.body, .oneOf(codes.map { .component($0.component) }, by: "code"))
            #expect(
                found.isEmpty, "\(method) \(target) \(response.status): \(found) in \(response.text.prefix(1_000))",
                sourceLocation: sourceLocation)
        }
    }

    private static func check(_ headers: [(name: String, value: String)], _ answer: Answer) -> [String] {
        answer.headers.flatMap { header in
            guard let value = field(header.name, headers) else {
                return header.isRequired ? ["the header \(header.name) is missing"] : []
            }
            let isNumber = if case .integer = header.schema.bare { true } else { false }
            return SchemaCheck().problems(isNumber ? .number(value) : .string(value), header.schema)
                .map { "the header \(header.name): \($0)" }
        }
    }

    private static func field(_ name: String, _ headers: [(name: String, value: String)]) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension SchemaCheck {
    /// - Parameter text: JSON, as strict as commands are read.
    package func problems(text: [UInt8], _ schema: Schema, at place: String = "") -> [String] {
        do {
            return problems(try JSONValue(parsing: text), schema, at: place)
        } catch {
            return ["\(place) no JSON: \(error.message), at byte \(error.offset)"]
        }
    }
}

extension API.Operation {
    fileprivate func isRoute(of path: Substring) -> Bool {
        let (parts, segments) = (path.split(separator: "/"), template.split(separator: "/"))
        return parts.count == segments.count
            && zip(parts, segments).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
    }
}
