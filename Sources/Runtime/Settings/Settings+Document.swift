extension Settings {
    /// The file with every setting at its default, each with what it is for, what is allowed and its variable.
    ///
    /// `Config/turnstile.json5` is this text, and a test keeps it so.
    public static func document(of sections: [any SettingsSection.Type]) -> String {
        var text = """
            // Turnstile's settings: every one that there is, with its default.
            //
            // JSON5: comments, trailing commas and names without quotes are fine. Durations are "250ms", "10s",
            // "1h30m"; sizes are "64KiB", "4MiB". What is left out has its default. What is unknown, of a wrong type or
            // out of range stops the start with a message that names it. The environment wins over this file, by the
            // variable that stands above each setting.
            {

            """
        for (index, section) in sections.enumerated() {
            if index > 0 { text += "\n" }
            text += comment(section.documentation, indent: 1)
            text += "    \(section.name): {\n"
            for (index, setting) in section.declarations.enumerated() {
                if index > 0 { text += "\n" }
                text += comment("\(setting.documentation) Allowed: \(setting.allowed).", indent: 2)
                text += comment(setting.variable, indent: 2)
                text += "        "
                text += setting.defaultValue.map { "\(setting.name): \($0),\n" } ?? "// \(setting.name): \"…\",\n"
            }
            text += "    },\n"
        }
        return text + "}\n"
    }

    private static func comment(_ words: String, indent: Int) -> String {
        let start = String(repeating: "    ", count: indent) + "//"
        var lines = [start]
        for word in words.split(separator: " ") {
            if lines[lines.count - 1].count + 1 + word.count > 110 { lines.append(start) }
            lines[lines.count - 1] += " \(word)"
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
