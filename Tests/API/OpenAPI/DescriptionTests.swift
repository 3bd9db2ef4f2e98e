import HTTPServer
import TestSupport
import Testing
import Wire

@testable import API

/// The description as a whole.
@Suite struct DescriptionTests {
    private let document = Description().document

    @Test func everyOperationIsDescribed() {
        for operation in Operation.all {
            let item = document["paths"]?[operation.template]?[operation.method.description.lowercased()]
            #expect(item?["operationId"] == .string(operation.name), "\(operation.name)")
            #expect(item?["summary"]?.text?.isEmpty == false)
            #expect(item?["description"]?.text?.isEmpty == false)
        }
        let known = Operation.all + Operation.internalOnly
        #expect(Guides.all.count == known.count, "each has one guide")
        #expect(Set(Guides.all.map(\.0.name)) == Set(known.map(\.name)))
    }

    @Test(arguments: Operation.all + Operation.internalOnly)
    func aGuideFitsItsOperation(_ operation: API.Operation) throws {
        let guide = try #require(operation.guide)
        let names = operation.template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
        #expect(guide.parameters.filter { $0.place == .path }.map(\.name) == names)
        let type: String? =
            switch operation.body {
            case .none: nil
            case .json, .signed: "application/json"
            case .lines: "application/x-ndjson"
            }
        #expect(guide.body?.type == type)
        if let limit = operation.bodyLimit { #expect(guide.body?.limit == limit) }
        let keyed: [ProblemCode] = [.fault(.unauthorized), .fault(.forbidden)]
        for code in keyed { #expect(guide.problems.contains(code) == !operation.scopes.isEmpty) }
        let statuses = guide.answers.map(\.status)
        #expect(Set(statuses).count == statuses.count)
        #expect(Set(guide.problems).count == guide.problems.count, "each code is named once")
        #expect(Set(statuses).isDisjoint(with: guide.problems.map(\.status)))
        for answer in guide.answers {
            for link in answer.links {
                #expect(link.operation.template.contains("{"), "a link leads to something with an id")
            }
        }
    }

    @Test func everyReferenceLeadsSomewhere() {
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let members):
                if let reference = value["$ref"]?.text { references.insert(reference) }
                for member in members {
                    if member.name == "mapping" {
                        references.formUnion(member.value.members.compactMap(\.value.text))
                    }
                    collect(member.value)
                }
            case .array(let elements): for element in elements { collect(element) }
            default: break
            }
        }
        collect(document)
        #expect(references.count > 80)
        for reference in references {
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            let found = path.reduce(Optional(document)) { $0?[$1] }
            #expect(reference.hasPrefix("#/") && found != nil, "\(reference)")
        }
        // And nothing is described that nobody refers to.
        for group in ["schemas", "parameters", "headers", "responses"] {
            for member in document["components"]?[group]?.members ?? [] {
                #expect(references.contains("#/components/\(group)/\(member.name)"), "\(member.name) is not used")
            }
        }
    }

    @Test func aComponentHasOneMeaning() {
        var known: [String: JSONValue] = [:]
        func visit(_ schema: Schema) {
            for component in schema.named {
                let json = component.schema.json
                if let before = known[component.name] {
                    #expect(before == json, "\(component.name) is two things")
                } else {
                    known[component.name] = json
                    visit(component.schema)
                }
            }
        }
        for (_, guide) in Guides.all {
            for parameter in guide.parameters { visit(parameter.schema) }
            for body in [guide.body].compactMap(\.self) + (guide.answers + guide.problemAnswers).flatMap(\.bodies) {
                visit(body.schema)
                if let line = body.line { visit(line) }
            }
        }
        #expect(known.count > 60)
    }

    @Test func examplesAreAsTheirSchemasSay() {
        let check = SchemaCheck(isStrict: true)
        var count = 0
        var visited: Set<String> = []
        func expect(_ value: JSONValue, _ schema: Schema, _ what: String) {
            count += 1
            let found = check.problems(value, schema)
            #expect(found.isEmpty, "\(what): \(found)")
        }
        func visit(_ schema: Schema, _ what: String) {
            if case .noted(let inner, let notes) = schema {
                if let example = notes.example { expect(example, inner, what) }
                if let standard = notes.standard { expect(standard, inner, what) }
            }
            switch schema.bare {
            case .list(let element, _, _): visit(element, what)
            case .object(let members, _): for member in members { visit(member.schema, "\(what).\(member.name)") }
            case .oneOf(let schemas, _): for schema in schemas { visit(schema, what) }
            case .component(let component):
                if visited.insert(component.name).inserted { visit(component.schema, component.name) }
            default: break
            }
        }
        for (operation, guide) in Guides.all {
            for parameter in guide.parameters { visit(parameter.schema, "\(operation.name) \(parameter.name)") }
            for answer in guide.answers + guide.problemAnswers {
                for header in answer.headers { visit(header.schema, header.name) }
                for body in answer.bodies {
                    visit(body.schema, operation.name)
                    for example in body.examples { expect(example.value, body.schema, operation.name) }
                }
            }
            guard let body = guide.body else { continue }
            visit(body.schema, operation.name)
            #expect(!body.examples.isEmpty, "\(operation.name) shows no body")
            for example in body.examples {
                expect(example.value, body.schema, "\(operation.name) \(example.name)")
                guard let line = body.line else { continue }
                #expect(check.problems(text: Array((example.value.text ?? "").utf8), line) == [])
            }
        }
        #expect(count > 100)
    }

    @Test func examplesOfBodiesAreTaken() throws {
        for (operation, guide) in Guides.all {
            guard case .json = operation.body, let reader = Bodies.readers[operation.name] else { continue }
            for example in guide.body?.examples ?? [] {
                // A gate's code is signed: the example's is not.
                let problems = Bodies.problems(example.value, of: reader)
                #expect(problems == [], "\(operation.name) \(example.name)")
            }
        }
    }
}
