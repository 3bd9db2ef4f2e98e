internal import Testing

/// The house rules, held against the files of the repository.
@Suite struct HouseRulesTests {
    private func none(
        _ problems: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }

    @Test func importsPointDownward() async throws {
        let layers = Layers(manifest: try Repository.text("Package.swift"))
        let sources = try await Repository.swiftSources { $0 != "Package.swift" }
        #expect(sources.count > 20)
        none(sources.flatMap(layers.problems))
    }

    @Test func nothingOutsideOfTestsTraps() async throws {
        none(try await Repository.swiftSources { !$0.hasPrefix("Tests/") }.flatMap(CodeRules.noTraps))
    }

    @Test func whoeverIsTrustedSaysWhy() async throws {
        none(try await Repository.swiftSources().flatMap(CodeRules.reasons))
    }

    @Test func noTestIsDisabled() async throws {
        none(
            try await Repository.swiftSources { $0.hasPrefix("Tests/") && !$0.hasPrefix("Tests/HouseRules/") }
                .flatMap(CodeRules.noDisabledTests))
    }

    @Test func filesAreShortAndNarrow() async throws {
        none(try await Repository.swiftSources { !$0.hasPrefix("Tests/") }.flatMap(CodeRules.length))
        none(try await Repository.swiftSources().flatMap(CodeRules.width))
    }

    @Test func nothingIsLeftForLater() async throws {
        none(try await Repository.swiftSources().flatMap(CodeRules.noLeftovers))
    }

    @Test func theTopLevelHoldsWhatTheDesignNames() async throws {
        none(CodeRules.topLevel(try await Repository.files()))
    }

    @Test func theFormatterHasNothingToSay() async throws {
        let folders = ["Sources", "Tests", "Workers"]
        let files = try await Repository.files()
        let present = folders.filter { folder in files.contains { $0.hasPrefix(folder + "/") } }
        let result = try await Repository.run(
            ["swift", "format", "lint", "--strict", "--parallel", "--recursive", "Package.swift"] + present,
            seconds: 120)
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func theCommandsOfTheReadmeRun() async throws {
        let (checks, problems) = MarkdownCheck.all(in: try Repository.text("README.md"))
        none(problems)
        for check in checks {
            if let failure = try await check.run() { Issue.record("README.md: \(failure)") }
        }
    }
}
