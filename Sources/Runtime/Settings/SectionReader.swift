/// Reads the settings of one section, and notes what was declared and what was wrong on the way.
///
/// A wrong value becomes a problem and its default is returned, so that all problems are found in one go;
/// `Settings.load` throws them.
public final class SectionReader {
    /// A value that was found, from the file or from the environment.
    enum Found {
        case file(JSON5, place: String)
        case variable(String, place: String)
    }

    private let section: String
    private let found: [String: Found]
    private(set) var declarations: [SettingDeclaration] = []
    private(set) var problems: [SettingsProblem] = []

    init(section: String, found: [String: Found] = [:]) {
        self.section = section
        self.found = found
    }

    /// A whole number.
    public func integer(
        _ name: String, default value: Int, in range: ClosedRange<Int>, unit: String? = nil, _ documentation: String
    ) -> Int {
        precondition(range.contains(value), "the default of \(section).\(name) is out of range")
        let unit = unit.map { " (\($0))" } ?? ""
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)\(unit)"
        return read(name, allowed: allowed, default: (value, "\(value)"), documentation) { found in
            let number: Int? =
                switch found {
                case .file(let json, _): json.integer
                case .variable(let text, _): Int(text)
                }
            return number.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number that may have a fraction. Never infinite, never NaN.
    public func real(
        _ name: String, default value: Double, in range: ClosedRange<Double>, unit: String? = nil,
        _ documentation: String
    ) -> Double {
        precondition(range.contains(value), "the default of \(section).\(name) is out of range")
        let unit = unit.map { " (\($0))" } ?? ""
        let allowed = "a number from \(range.lowerBound) to \(range.upperBound)\(unit)"
        return read(name, allowed: allowed, default: (value, "\(value)"), documentation) { found in
            let number: Double? =
                switch found {
                case .file(let json, _): json.real
                case .variable(let text, _): Double(text)
                }
            return number.flatMap { $0.isFinite && range.contains($0) ? $0 : nil }
        }
    }

    public func boolean(_ name: String, default value: Bool, _ documentation: String) -> Bool {
        read(name, allowed: "true or false", default: (value, "\(value)"), documentation) { found in
            switch found {
            case .file(let json, _): json.boolean
            case .variable(let text, _): Bool(text)
            }
        }
    }

    /// A length of time, written as `"10s"`, `"250ms"` or `"1h30m"`.
    public func duration(
        _ name: String, default value: Duration, in range: ClosedRange<Duration>, _ documentation: String
    ) -> Duration {
        precondition(range.contains(value), "the default of \(section).\(name) is out of range")
        let (least, most) = (SettingText.text(range.lowerBound), SettingText.text(range.upperBound))
        let usual = SettingText.text(value)
        let allowed = "a duration from \(least) to \(most), such as \"\(usual)\""
        return read(name, allowed: allowed, default: (value, "\"\(usual)\""), documentation) { found in
            found.text.flatMap(SettingText.duration).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes, written as `"64MiB"`, `"10kB"` or a plain number.
    public func bytes(
        _ name: String, default value: Int, in range: ClosedRange<Int>, _ documentation: String
    ) -> Int {
        precondition(range.contains(value), "the default of \(section).\(name) is out of range")
        let (least, most) = (SettingText.text(bytes: range.lowerBound), SettingText.text(bytes: range.upperBound))
        let usual = SettingText.text(bytes: value)
        let allowed = "a size from \(least) to \(most), such as \"\(usual)\""
        return read(name, allowed: allowed, default: (value, "\"\(usual)\""), documentation) { found in
            let bytes: Int? =
                switch found {
                case .file(let json, _): json.integer ?? json.string.flatMap(SettingText.size)
                case .variable(let text, _): Int(text) ?? SettingText.size(text)
                }
            return bytes.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// - Parameters:
    ///   - length: how many bytes of UTF-8 it may have.
    ///   - form: what it must look like, in words that go with "text", and the test for that.
    public func text(
        _ name: String, default value: String, length: ClosedRange<Int> = 1...255,
        form: (words: String, isGood: (String) -> Bool)? = nil, _ documentation: String
    ) -> String {
        let isGood: (String) -> Bool = { length.contains($0.utf8.count) && form?.isGood($0) ?? true }
        precondition(isGood(value), "the default of \(section).\(name) is not of its own form")
        let words = form.map { " \($0.words)" } ?? ""
        let allowed = "text of \(length.lowerBound) to \(length.upperBound) bytes\(words)"
        return read(name, allowed: allowed, default: (value, JSON5.quote(value, limit: .max)), documentation) { found in
            found.text.flatMap { isGood($0) ? $0 : nil }
        }
    }

    /// One of the cases of an enumeration, by its raw value.
    public func choice<Choice>(_ name: String, default value: Choice, _ documentation: String) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let allowed = "one of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return read(name, allowed: allowed, default: (value, "\"\(value.rawValue)\""), documentation) { found in
            found.text.flatMap(Choice.init(rawValue:))
        }
    }

    /// Text that no message shows; `nil` when it is not set.
    public func secret(_ name: String, _ documentation: String) -> Secret? {
        let allowed = "text of 1 to 4096 bytes"
        return read(name, allowed: allowed, default: (nil, nil), isSecret: true, documentation) { found in
            guard let text = found.text, (1...4_096).contains(text.utf8.count) else { return nil }
            return .some(Secret(text))
        }
    }

    private func read<Value>(
        _ name: String, allowed: String, default usual: (value: Value, text: String?), isSecret: Bool = false,
        _ documentation: String, interpret: (Found) -> Value?
    ) -> Value {
        let declaration = SettingDeclaration(
            section: section, name: name, allowed: allowed, defaultValue: usual.text, documentation: documentation,
            isSecret: isSecret)
        precondition(!declarations.contains { $0.name == name }, "\(declaration.key) is declared twice")
        declarations.append(declaration)
        guard let found = found[name] else { return usual.value }
        if let value = interpret(found) { return value }
        let shown = isSecret ? "something else (not shown)" : found.shown
        problems.append(
            SettingsProblem(place: found.place, key: declaration.key, reason: "found \(shown); allowed: \(allowed)"))
        return usual.value
    }
}

extension SectionReader.Found {
    var text: String? {
        switch self {
        case .file(let json, _): json.string
        case .variable(let text, _): text
        }
    }

    var shown: String {
        switch self {
        case .file(let json, _): json.shown
        case .variable(let text, _): JSON5.quote(text)
        }
    }

    var place: String {
        switch self {
        case .file(_, let place), .variable(_, let place): place
        }
    }
}

extension JSON5 {
    var string: String? {
        if case .string(let text) = content { text } else { nil }
    }

    var integer: Int? {
        if case .integer(let number) = content { Int(exactly: number) } else { nil }
    }

    var real: Double? {
        switch content {
        case .integer(let number): Double(number)
        case .real(let number): number
        default: nil
        }
    }

    var boolean: Bool? {
        if case .boolean(let flag) = content { flag } else { nil }
    }
}
