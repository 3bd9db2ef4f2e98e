internal import HTTPServer
internal import Wire

extension Door {
    /// What the interface says of itself: `/openapi.json` and `/problems/{code}`. Made once, here.
    ///
    /// - Parameter described: the operations that it is the description of.
    public mutating func addDescription(of described: [Operation] = Operation.all) {
        let description = PreparedBody(Description(of: described).document.bytes)
        on(.openAPI) { $0.answer(Response(.ok, .json, .prepared(description))) }
        let pages = ProblemPage.all()
        on(.problem) { call in
            guard let page = pages[call.id] else {
                throw Fault(.notFound, "No answer of this interface has this code.")
            }
            let form = PageForm(accept: call.accept ?? "")
            call.answer(Response(.ok, form.type, .prepared(form.body(of: page)), headers: ["Vary": "Accept"]))
        }
    }
}

/// In which form somebody wants to read a page.
enum PageForm: String, CaseIterable, Sendable {
    case text = "text/plain"
    case json = "application/json"
    case html = "text/html"

    /// The one that `Accept` (RFC 9110) weighs most; of equals, text before JSON before HTML. Who does not say what he
    /// wants gets text: a person with a command line.
    init(accept field: String) {
        var best = (form: PageForm.text, weight: 0.0)
        for form in Self.allCases {
            let weight = Self.weight(of: form.rawValue, in: field)
            if weight > best.weight { best = (form, weight) }
        }
        self = best.form
    }

    var type: ContentType {
        switch self {
        case .text: .text
        case .json: .json
        case .html: .html
        }
    }

    func body(of page: ProblemPage) -> PreparedBody {
        switch self {
        case .text: page.text
        case .json: page.json
        case .html: page.html
        }
    }

    private static func weight(of type: String, in field: String) -> Double {
        var best = 0.0
        var bestRank = -1
        for entry in field.split(separator: ",") {
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let range = parts.first, let rank = rank(range, for: type), rank > bestRank else { continue }
            bestRank = rank
            best = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
        }
        return best
    }

    /// How closely a media range fits; nil where it does not.
    private static func rank(_ range: String, for type: String) -> Int? {
        if range == type { return 2 }
        if range == "*/*" { return 0 }
        return range.hasSuffix("/*") && type.hasPrefix(range.dropLast()) ? 1 : nil
    }
}
