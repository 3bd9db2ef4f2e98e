/// The settings of a process: a commented JSON5 file, overridden by environment variables, checked as a whole.
///
///     let settings = try Settings.load(
///         file: "Config/turnstile.json5", environment: ProcessEnvironment.current,
///         sections: [LogSection.self, PostgresSection.self], others: .passedOver)
///     let pool = settings[PostgresSection.self].poolSize
///
/// `seats.batchBound` is overridden by `TURNSTILE_SEATS_BATCH_BOUND`: section and name in capitals, with an underscore
/// between words.
public struct Settings: Sendable {
    /// What to think of sections of the file, and of variables, that belong to none of the sections named.
    public enum Others: Sendable {
        /// They are wrong: for whoever knows all sections, such as `turnstile up`, which checks before it starts
        /// anything.
        case refused
        /// They are another process' business.
        case passedOver
    }

    /// Variables that begin as settings do but belong to the commands.
    private static let reservedVariables = ["TURNSTILE_HOME", "TURNSTILE_PORT_BASE"]
    private static let reservedPrefixes = ["TURNSTILE_TEST_", "TURNSTILE_BENCH_"]

    private let sections: [ObjectIdentifier: any SettingsSection]

    /// Reads and checks the settings.
    ///
    /// - Parameter file: `nil` to go by defaults and environment alone.
    /// - Throws: `SettingsError` with everything that is wrong.
    public static func load(
        file: String?, environment: [String: String], sections: [any SettingsSection.Type], others: Others = .refused
    ) throws(SettingsError) -> Settings {
        var source: (path: String, bytes: [UInt8])?
        if let file {
            do {
                source = (file, try SmallFile.read(file, limit: JSON5Parser.sizeLimit))
            } catch {
                throw SettingsError([SettingsProblem(place: file, key: nil, reason: error.reason)])
            }
        }
        return try load(source: source, environment: environment, sections: sections, others: others)
    }

    /// The same, with the file's content at hand.
    public static func load(
        source: (path: String, bytes: [UInt8])?, environment: [String: String],
        sections: [any SettingsSection.Type], others: Others = .refused
    ) throws(SettingsError) -> Settings {
        var catalogue = SettingsCatalogue(sections)
        if let source { try catalogue.add(file: source.path, source.bytes, others: others) }
        let variables = environment.filter { name, _ in
            name.hasPrefix(SettingDeclaration.prefix) && !reservedVariables.contains(name)
                && !reservedPrefixes.contains { name.hasPrefix($0) }
        }
        catalogue.add(variables: variables, others: others)

        var values: [ObjectIdentifier: any SettingsSection] = [:]
        var problems = catalogue.problems
        for type in sections {
            let reader = SectionReader(section: type.name, found: catalogue.found[type.name] ?? [:])
            values[ObjectIdentifier(type)] = type.init(reader)
            problems += reader.problems
        }
        guard problems.isEmpty else { throw SettingsError(problems) }
        return Settings(sections: values)
    }

    /// A section that `load` was given.
    public subscript<Section: SettingsSection>(type: Section.Type) -> Section {
        guard let section = sections[ObjectIdentifier(type)] as? Section else {
            preconditionFailure("the section “\(type.name)” was not among those that were loaded")
        }
        return section
    }
}
