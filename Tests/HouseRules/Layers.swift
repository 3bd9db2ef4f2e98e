internal import Foundation

/// Who may import whom: strictly downward, and only what Package.swift declares.
struct Layers {
    /// From the ground up. A module imports what stands on a line below its own, never a neighbour.
    static let table: [[String]] = [
        [
            "CLinux", "CRabbitMQ", "CPostgres", "CMicrohttpd", "CSodium", "CZlib", "CQRencode", "CCurl",
            "CCrypto",
        ],
        ["Runtime", "Ticketing", "Desk"],
        ["RabbitMQ", "Postgres", "HTTPServer", "HTTPClient", "Sealing", "Certificates", "QRCode"],
        ["Wire", "Schema"],
        ["Tenancy", "Payments"],
        ["Pipeline", "Supervisor", "API", "Sandbox", "Workshop"],
        ["Cashier", "DeskLine"],
        ["Simulation", "Ingress", "Query"],
        ["Turnstile"],
    ]

    /// Pure: nothing but Swift's standard library, which needs no import.
    static let ruleBooks: Set<String> = ["Ticketing", "Desk"]

    /// What comes with the toolchain.
    static let toolchain: Set<String> = [
        "Swift", "Glibc", "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Testing",
    ]

    /// What each target may import, by Package.swift.
    let declared: [String: Set<String>]

    /// A target's name by the folder that its sources are in.
    static func target(of path: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return nil }
        switch (parts[0], parts[1]) {
        case ("Sources", "System"): return nil
        case ("Sources", let name): return name
        case ("Workers", let name): return name + "Worker"
        case ("Tests", "Support"): return "TestSupport"
        case ("Tests", "PipelineSupport"): return "PipelineTestSupport"
        case ("Tests", "Benchmarks"): return "Benchmarks"
        case ("Tests", let name): return name + "Tests"
        default: return nil
        }
    }

    /// Reads the targets and their dependencies from the manifest's text.
    init(manifest: String) {
        let code = manifest
        var declared: [String: Set<String>] = [:]
        func names(_ list: Substring) -> Set<String> {
            Set(list.matches(of: #/"(\w+)"/#).map { String($0.output.1) })
        }
        for match in code.matches(of: #/library\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?/#) {
            declared[String(match.output.1)] = names(match.output.2 ?? "")
        }
        for match in code.matches(of: #/tests\(\s*"(\w+)",\s*of:\s*\[([^\]]*)\]/#) {
            declared[match.output.1 + "Tests"] = names(match.output.2).union(["TestSupport"])
        }
        for match in code.matches(of: #/[tT]arget\(\s*name:\s*"(\w+)",\s*dependencies:\s*\[([^\]]*)\]/#) {
            declared[String(match.output.1)] = names(match.output.2)
        }
        self.declared = declared
    }

    struct Import: Equatable {
        let module: String
        let line: Int
        let access: String?
    }

    static func imports(of source: SwiftSource) -> [Import] {
        // Before it attributes and an access level, after it the kind of what is imported.
        let pattern = #/^\s*(?:@\w+\s+)*(?:(public|package|internal|private)\s+)?import\s+(?:[a-z]+\s+)?(\w+)/#
        return source.code.enumerated().compactMap { index, line in
            line.firstMatch(of: pattern).map {
                Import(module: String($0.output.2), line: index + 1, access: $0.output.1.map(String.init))
            }
        }
    }

    /// What is wrong with a file's imports.
    func problems(in source: SwiftSource) -> [String] {
        guard let target = Self.target(of: source.path) else { return [] }
        let isTest = source.path.hasPrefix("Tests/")
        let level = Self.table.firstIndex { $0.contains(target) }
        let isTop = isTest || source.path.hasPrefix("Workers/")
        guard isTop || level != nil else {
            return ["\(source.path): the target \(target) has no place in the table of layers"]
        }
        var problems: [String] = []
        for found in Self.imports(of: source) where found.module != target {
            let place = "\(source.path):\(found.line): import \(found.module):"
            if Self.ruleBooks.contains(target) && !isTest {
                problems.append("\(place) a rule book imports nothing")
            } else if !Self.toolchain.contains(found.module) {
                guard let other = Self.table.firstIndex(where: { $0.contains(found.module) }) else {
                    // Test support and the workers' own parts.
                    if declared[target]?.contains(found.module) != true { problems.append("\(place) is not declared") }
                    continue
                }
                if let level, !isTop, other >= level { problems.append("\(place) imports point downward") }
                if declared[target]?.contains(found.module) != true {
                    problems.append("\(place) Package.swift does not give it to \(target)")
                }
                if other == 0 && found.access != "internal" {
                    problems.append("\(place) a C module is an “internal import”")
                }
            }
        }
        return problems
    }
}
