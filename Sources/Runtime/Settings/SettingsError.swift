/// Everything that is wrong with the settings, not only the first thing.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [SettingsProblem]

    public init(_ problems: [SettingsProblem]) {
        self.problems = problems
    }

    public var description: String {
        let title = problems.count == 1 ? "a setting is wrong:" : "\(problems.count) settings are wrong:"
        return ([title] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}

/// One thing that is wrong with the settings: where, which, what was found and what may be there.
public struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    /// `Config/turnstile.json5:12`, or the name of an environment variable.
    public let place: String
    /// `postgres.poolSize`; `nil` when it is not about one setting.
    public let key: String?
    public let reason: String

    public var description: String {
        [place, key == place ? nil : key, reason].compactMap { $0 }.joined(separator: ": ")
    }
}

/// Finds the name that somebody probably meant.
enum Suggestion {
    static func nearest(to wrong: String, among names: some Sequence<String>) -> String? {
        let wrongFolded = Array(wrong.lowercased().prefix(200))
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(wrongFolded, Array(name.lowercased()))
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        // A third of the letters may be wrong, but not a short name as a whole.
        guard let best, best.distance <= max(1, min(wrong.count, best.name.count) / 3) else { return nil }
        return best.name
    }

    /// The number of letters to put in, take out, replace or swap with their neighbour.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let same = left[row] == right[column]
                var least = min(last[column] + (same ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
