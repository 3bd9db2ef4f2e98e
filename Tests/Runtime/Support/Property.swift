internal import Runtime
internal import Testing

/// Tries a property on random cases. `body` reports a counterexample by `#require`; the seed that leads to it is shown,
/// and
/// `TURNSTILE_TEST_SEED` repeats it.
func forRandomCases(
    _ count: Int, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (inout SeededRandom) throws -> Void
) {
    let wanted = ProcessEnvironment.current["TURNSTILE_TEST_SEED"].flatMap(UInt64.init)
    for _ in 0..<(wanted == nil ? count : 1) {
        let seed = wanted ?? .random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        do {
            try body(&random)
        } catch {
            Issue.record("TURNSTILE_TEST_SEED=\(seed) repeats this: \(error)", sourceLocation: sourceLocation)
            return
        }
    }
}

extension SeededRandom {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Text with a bias towards what breaks things: quotes, controls, high planes.
    mutating func text(upTo length: Int) -> String {
        let odd: [Unicode.Scalar] = [
            "\"", "\\", "\n", "\r", "\t", "\0", "\u{7F}", "\u{2028}", "\u{FEFF}", "é", "漢", "🎫", "'",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            switch Int.random(in: 0..<3, using: &self) {
            case 0: text.append(odd.randomElement(using: &self) ?? " ")
            case 1: text.append(Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &self)))
            default: text.append(Unicode.Scalar(UInt32.random(in: 0...0x10_FFFF, using: &self)) ?? "x")
            }
        }
        return String(text)
    }
}
