/// A configuration file of the project with `{{name}}` where a value of the installation belongs.
struct Template {
    let text: String
    let path: String

    init(reading path: String) throws(SetupError) {
        self.path = path
        text = try Files.read(path)
    }

    /// The text with its values. A name without a value, or a value without its place, is an error: the file and the
    /// code that fills it have drifted apart.
    func filled(_ values: [String: String]) throws(SetupError) -> String {
        var result = ""
        var unused = Set(values.keys)
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            result += rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { throw SetupError("\(path): a {{ has no }}") }
            let name = String(rest[..<close.lowerBound])
            rest = rest[close.upperBound...]
            guard name != "…" else {
                result += "{{…}}"
                continue
            }
            guard let value = values[name] else { throw SetupError("\(path): nothing is known of {{\(name)}}") }
            unused.remove(name)
            result += value
        }
        result += rest
        guard unused.isEmpty else {
            throw SetupError("\(path): has no place for \(unused.sorted().joined(separator: ", "))")
        }
        return result
    }
}
