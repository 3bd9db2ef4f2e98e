/// A Swift file, taken apart far enough to tell code from comments and from text.
///
/// Knows nested comments, strings of one line and of several, raw ones, and interpolations (what stands in them is
/// code). A bare `/…/` regular expression is taken for code: write `#/…/#` where it holds a quote.
struct SwiftSource {
    let path: String
    /// The lines with comments and the inside of strings blanked out, each as long as it was.
    let code: [String]
    /// The lines with everything but comments blanked out.
    let comments: [String]
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        var scanner = Scanner(text)
        scanner.code(until: nil)
        code = scanner.code.lines
        comments = scanner.comments.lines
        lines = Array(text.unicodeScalars).lines
    }

    /// Everything of the code in one piece.
    var allCode: String { code.joined(separator: "\n") }

    private struct Scanner {
        private let text: [Unicode.Scalar]
        private var position = 0
        private(set) var code: [Unicode.Scalar]
        private(set) var comments: [Unicode.Scalar]

        init(_ text: String) {
            self.text = Array(text.unicodeScalars)
            code = self.text.map { $0 == "\n" ? "\n" : " " }
            comments = code
        }

        private func at(_ offset: Int = 0) -> Unicode.Scalar? {
            position + offset < text.count ? text[position + offset] : nil
        }

        private func starts(with prefix: String, at offset: Int = 0) -> Bool {
            for (index, scalar) in prefix.unicodeScalars.enumerated() where at(offset + index) != scalar {
                return false
            }
            return true
        }

        private mutating func keepCode() {
            code[position] = text[position]
            position += 1
        }

        private mutating func keepComment() {
            comments[position] = text[position]
            position += 1
        }

        /// Reads code to the end, or to the parenthesis that closes an interpolation.
        ///
        /// - Parameter depth: how many parentheses are open; `nil` outside of an interpolation.
        mutating func code(until depth: Int?) {
            var depth = depth
            while let scalar = at() {
                if starts(with: "//") {
                    while at() != nil, at() != "\n" { keepComment() }
                } else if starts(with: "/*") {
                    blockComment()
                } else if scalar == "\"" || scalar == "#" && opensRaw() {
                    string()
                } else {
                    if let open = depth {
                        depth = scalar == "(" ? open + 1 : scalar == ")" ? open - 1 : open
                    }
                    keepCode()
                    if depth == 0 { return }
                }
            }
        }

        private mutating func blockComment() {
            var depth = 0
            while at() != nil {
                if starts(with: "/*") {
                    depth += 1
                    keepComment()
                    keepComment()
                } else if starts(with: "*/") {
                    depth -= 1
                    keepComment()
                    keepComment()
                    if depth == 0 { return }
                } else {
                    keepComment()
                }
            }
        }

        /// Whether the `#` here begins a raw string or an extended regular expression.
        private func opensRaw() -> Bool {
            var offset = 0
            while at(offset) == "#" { offset += 1 }
            return at(offset) == "\"" || at(offset) == "/"
        }

        /// Reads a string, of which only the quotes are code.
        private mutating func string() {
            var pounds = ""
            while at() == "#" {
                pounds += "#"
                keepCode()
            }
            let mark = at() == "/" ? "/" : starts(with: "\"\"\"") ? "\"\"\"" : "\""
            for _ in mark.unicodeScalars where at() != nil { keepCode() }
            let (end, escape) = (mark + pounds, "\\" + pounds)
            while let scalar = at() {
                if starts(with: end) {
                    for _ in end.unicodeScalars { keepCode() }
                    return
                }
                if mark != "/", starts(with: escape) {
                    position += escape.unicodeScalars.count
                    if at() == "(" {
                        keepCode()
                        code(until: 1)
                    } else if at() != nil {
                        position += 1
                    }
                } else if scalar == "\n" && mark == "\"" {
                    // Not Swift: the string of one line has no end. Go on, so that the rest is looked at.
                    return
                } else {
                    position += 1
                }
            }
        }
    }
}

extension [Unicode.Scalar] {
    fileprivate var lines: [String] {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: line)
            return String(view)
        }
    }
}
