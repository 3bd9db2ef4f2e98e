/// All declared settings, and what file and environment say about them.
struct SettingsCatalogue {
    /// By section and name.
    private(set) var found: [String: [String: SectionReader.Found]] = [:]
    private(set) var problems: [SettingsProblem] = []

    private let sections: [String: [SettingDeclaration]]
    private let variables: [String: SettingDeclaration]

    init(_ types: [any SettingsSection.Type]) {
        var sections: [String: [SettingDeclaration]] = [:]
        var variables: [String: SettingDeclaration] = [:]
        for type in types {
            precondition(sections[type.name] == nil, "the section “\(type.name)” is declared twice")
            sections[type.name] = type.declarations
            for declaration in type.declarations {
                let earlier = variables.updateValue(declaration, forKey: declaration.variable)
                precondition(earlier == nil, "\(declaration.variable) stands for two settings")
            }
        }
        self.sections = sections
        self.variables = variables
    }

    mutating func add(file: String, _ bytes: [UInt8], others: Settings.Others) throws(SettingsError) {
        let document: JSON5
        do {
            document = try JSON5.parse(bytes)
        } catch {
            let place = "\(file):\(error.line)"
            throw SettingsError([SettingsProblem(place: place, key: nil, reason: "not JSON5: \(error.reason)")])
        }
        guard case .object(let members) = document.content else {
            let reason = "found \(document.shown); allowed: an object of sections"
            throw SettingsError([SettingsProblem(place: "\(file):\(document.line)", key: nil, reason: reason)])
        }
        for section in members {
            let place = "\(file):\(section.line)"
            guard let declarations = sections[section.name] else {
                if others == .refused { refuse(section.name, at: place, "section", among: sections.keys) }
                continue
            }
            guard case .object(let settings) = section.value.content else {
                let reason = "found \(section.value.shown); allowed: an object of settings"
                problems.append(SettingsProblem(place: place, key: section.name, reason: reason))
                continue
            }
            for setting in settings {
                let place = "\(file):\(setting.line)"
                if declarations.contains(where: { $0.name == setting.name }) {
                    found[section.name, default: [:]][setting.name] = .file(setting.value, place: place)
                } else {
                    // The same name may belong to another section.
                    let elsewhere = sections.values.joined().first { $0.name == setting.name }?.key
                    refuse(
                        "\(section.name).\(setting.name)", at: place, "setting", among: declarations.map(\.key),
                        else: elsewhere)
                }
            }
        }
    }

    /// Takes what the environment says; it wins over the file.
    mutating func add(variables given: [String: String], others: Settings.Others) {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            if let setting = variables[name] {
                found[setting.section, default: [:]][setting.name] = .variable(value, place: name)
            } else if others == .refused || belongsToKnownSection(name) {
                refuse(name, at: name, "setting", among: variables.keys)
            }
        }
    }

    private func belongsToKnownSection(_ variable: String) -> Bool {
        sections.keys.contains {
            variable.hasPrefix(SettingDeclaration.prefix + SettingDeclaration.shouted($0) + "_")
        }
    }

    private mutating func refuse(
        _ wrong: String, at place: String, _ what: String, among names: some Sequence<String>,
        else other: String? = nil
    ) {
        let names = names.sorted()
        let hint: String =
            if let meant = Suggestion.nearest(to: wrong, among: names) ?? other {
                "did you mean “\(meant)”?"
            } else {
                "there are: \(names.joined(separator: ", "))"
            }
        problems.append(SettingsProblem(place: place, key: JSON5.shownName(wrong), reason: "no such \(what); \(hint)"))
    }
}

extension JSON5 {
    /// A name from outside, fit for a message.
    static func shownName(_ name: String) -> String {
        name.unicodeScalars.prefix(120).map(\.escaped).joined()
    }
}
