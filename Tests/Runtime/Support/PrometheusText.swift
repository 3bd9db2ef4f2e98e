/// A reader of Prometheus' text format, written from its description and not from our writer.
struct PrometheusText {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Malformed: Error {
        let line: String
    }

    private(set) var samples: [Sample] = []
    private(set) var types: [String: String] = [:]
    private(set) var help: [String: String] = [:]

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(line: "the last line has no end") }
        // Scalars, since a line end or a backslash may be one character with what follows it.
        for scalars in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let line = Substring(scalars)
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2 else { throw Malformed(line: String(line)) }
                help[String(parts[0])] = try Self.unescape(parts[1], quotes: false)
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ")
                guard parts.count == 2, types[String(parts[0])] == nil,
                    ["counter", "gauge", "histogram"].contains(parts[1])
                else { throw Malformed(line: String(line)) }
                types[String(parts[0])] = String(parts[1])
            } else {
                samples.append(try Self.sample(line))
            }
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private static func sample(_ line: Substring) throws -> Sample {
        let malformed = Malformed(line: String(line))
        var rest = line.unicodeScalars
        func isWord(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
        let name = rest.prefix { isWord($0) || $0 == "_" || $0 == ":" }
        guard let first = name.first, !("0"..."9").contains(first) else { throw malformed }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = rest.prefix { isWord($0) || $0 == "_" }
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.starts(with: "=\"".unicodeScalars) else { throw malformed }
                rest = rest.dropFirst(2)
                var raw = Substring.UnicodeScalarView()
                while let scalar = rest.first, scalar != "\"" {
                    raw.append(scalar)
                    rest = rest.dropFirst()
                    if scalar == "\\" {
                        guard let escaped = rest.first else { throw malformed }
                        raw.append(escaped)
                        rest = rest.dropFirst()
                    }
                }
                guard rest.first == "\"" else { throw malformed }
                rest = rest.dropFirst()
                labels[String(label)] = try unescape(Substring(raw), quotes: true)
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " " else { throw malformed }
        let text = String(rest.dropFirst())
        let value: Double? =
            switch text {
            case "+Inf": .infinity
            case "-Inf": -.infinity
            case "NaN": .nan
            default: Double(text)
            }
        guard let value else { throw malformed }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func unescape(_ text: Substring, quotes: Bool) throws -> String {
        var result = String.UnicodeScalarView()
        var characters = text.unicodeScalars.makeIterator()
        while let character = characters.next() {
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch characters.next() {
            case "\\": result.append("\\")
            case "n": result.append("\n")
            case "\"" where quotes: result.append("\"")
            default: throw Malformed(line: String(text))
            }
        }
        return String(result)
    }
}
