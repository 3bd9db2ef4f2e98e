internal import HTTPServer
internal import Tenancy
internal import Wire

/// Writes operations, and collects what several of them refer to.
struct DescriptionWriter {
    private var components: [JSONMember] = []
    private var known: Set<String> = []
    private var sharedParameters: [JSONMember] = []
    private var sharedHeaders: [JSONMember] = []
    private var sharedResponses: [JSONMember] = []

    var schemas: JSONValue { .object(components.sorted { $0.name < $1.name }) }
    var parameters: JSONValue { .object(sharedParameters) }
    var headers: JSONValue { .object(sharedHeaders) }
    var responses: JSONValue { .object(sharedResponses) }

    mutating func paths(_ operations: [Operation]) -> JSONValue {
        var paths: [(path: String, methods: [JSONMember])] = []
        for operation in operations {
            guard let guide = operation.guide else { continue }
            let member = JSONMember(operation.method.description.lowercased(), item(operation, guide))
            if let index = paths.firstIndex(where: { $0.path == operation.template }) {
                paths[index].methods.append(member)
            } else {
                paths.append((operation.template, [member]))
            }
        }
        return .object(paths.map { JSONMember($0.path, .object($0.methods)) })
    }

    private mutating func item(_ operation: Operation, _ guide: Guide) -> JSONValue {
        var members = [
            JSONMember("operationId", .string(operation.name)), JSONMember("tags", [.string(guide.tag.rawValue)]),
            JSONMember("summary", .string(guide.summary)), JSONMember("description", .string(guide.text)),
            // Any one of the scopes is enough; no scope, or an empty alternative: no key is needed.
            JSONMember(
                "security",
                .array(
                    operation.scopes.map { scope in
                        scope == .desk ? ["session": []] : ["key": [.string(scope.rawValue)]]
                    } + (operation.isOpen ? [[:]] : []))),
        ]
        if !guide.parameters.isEmpty {
            members.append(JSONMember("parameters", .array(guide.parameters.map { parameter($0) })))
        }
        if let body = guide.body {
            members.append(
                JSONMember(
                    "requestBody",
                    .object(
                        [
                            JSONMember("required", .flag(operation.body != .json(isRequired: false))),
                            JSONMember("content", content([body])),
                        ] + (body.limit.map { [JSONMember("x-maxBytes", .integer($0))] } ?? []))))
        }
        let answers = guide.answers.map { JSONMember(String($0.status), answer($0)) }
        members.append(JSONMember("responses", .object(answers + problems(guide))))
        return .object(members)
    }

    // MARK: - Parts

    /// Those of headers and lists are the same everywhere.
    private mutating func parameter(_ parameter: Parameter) -> JSONValue {
        let json: JSONValue = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.text), "required": .flag(parameter.isRequired),
            "schema": schema(parameter.schema),
        ]
        guard parameter.place == .header else { return json }
        return ["$ref": .string("#/components/parameters/" + Self.share(json, parameter.name, in: &sharedParameters))]
    }

    private mutating func answer(_ answer: Answer) -> JSONValue {
        var members = [JSONMember("description", .string(answer.text))]
        if !answer.headers.isEmpty { members.append(JSONMember("headers", headers(answer.headers))) }
        if !answer.bodies.isEmpty { members.append(JSONMember("content", content(answer.bodies))) }
        if !answer.links.isEmpty { members.append(JSONMember("links", Self.links(answer.links))) }
        return .object(members)
    }

    private mutating func headers(_ headers: [Header]) -> JSONValue {
        .object(
            headers.map { header in
                let json: JSONValue = [
                    "description": .string(header.text), "required": .flag(header.isRequired),
                    "schema": schema(header.schema),
                ]
                let reference = Self.share(json, header.name, in: &sharedHeaders)
                return JSONMember(header.name, ["$ref": .string("#/components/headers/" + reference)])
            })
    }

    private static func links(_ links: [Link]) -> JSONValue {
        .object(
            links.map { link in
                let name =
                    link.operation.template.split(separator: "/")
                    .first { $0.hasPrefix("{") }?.dropFirst().dropLast() ?? "id"
                return JSONMember(
                    link.operation.name,
                    [
                        "operationId": .string(link.operation.name),
                        "parameters": .object([JSONMember(String(name), .string("$response.body#" + link.pointer))]),
                    ])
            })
    }

    private mutating func content(_ bodies: [Body]) -> JSONValue {
        .object(
            bodies.map { body in
                var members = [JSONMember("schema", schema(body.schema))]
                if !body.examples.isEmpty {
                    members.append(
                        JSONMember(
                            "examples",
                            .object(
                                body.examples.map {
                                    JSONMember($0.name, ["summary": .string($0.summary), "value": $0.value])
                                })))
                }
                if let line = body.line { members.append(JSONMember("x-line", schema(line))) }
                return JSONMember(body.type, .object(members))
            })
    }

    private mutating func problems(_ guide: Guide) -> [JSONMember] {
        guide.problemAnswers.map { problem in
            let reference = Self.share(answer(problem), "Answer\(problem.status)", in: &sharedResponses)
            return JSONMember(
                String(problem.status), ["$ref": .string("#/components/responses/" + reference)])
        }
    }

    /// The schema's JSON; the components that it names are described, too.
    private mutating func schema(_ schema: Schema) -> JSONValue {
        for component in schema.named where known.insert(component.name).inserted {
            let json = self.schema(component.schema)
            components.append(JSONMember(component.name, json))
        }
        return schema.json
    }

    /// The name under which this stands among the shared ones; the first that has the wish gets it.
    private static func share(_ json: JSONValue, _ wish: String, in shared: inout [JSONMember]) -> String {
        if let same = shared.first(where: { $0.value == json }) { return same.name }
        let namesakes = shared.count { $0.name == wish || $0.name.hasPrefix(wish + "-") }
        let name = namesakes == 0 ? wish : "\(wish)-\(namesakes + 1)"
        shared.append(JSONMember(name, json))
        return name
    }
}

extension Schema {
    /// The components that it names itself.
    package var named: [Component] {
        switch self {
        case .anything, .flag, .string, .words, .constant, .integer, .number: []
        case .list(let element, _, _): element.named
        case .object(let members, _): members.flatMap(\.schema.named)
        case .oneOf(let schemas, _): schemas.flatMap(\.named)
        case .component(let component): [component]
        case .noted(let schema, _): schema.named
        }
    }
}
