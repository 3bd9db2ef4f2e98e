/// A path with named gaps: `/v1/shows/{id}/seats`.
///
/// Every segment is a text or one `{name}`; a text is compared after percent-decoding, byte for byte. A slash at the
/// end is a segment of its own (an empty one): `/console/` and `/console` are two paths.
struct RouteTemplate: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case text([UInt8])
        /// One segment that is not empty.
        case parameter(String)
    }

    let text: String
    let segments: [Segment]
    let parameters: [String]

    /// The most parameters of one template; `Router` keeps their places in a fixed array.
    static let parameterLimit = 8

    init(_ text: String) {
        precondition(text.hasPrefix("/"), "the template “\(text)” does not begin with “/”")
        self.text = text
        segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard segment.hasPrefix("{") else {
                precondition(
                    !segment.contains { "{}?#%".contains($0) }, "“\(segment)” in “\(text)” is neither text nor {name}")
                return .text(Array(segment.utf8))
            }
            let name = segment.dropFirst().dropLast()
            precondition(
                segment.hasSuffix("}") && !name.isEmpty && !name.contains { "{}".contains($0) },
                "“\(segment)” in “\(text)” is not {name}")
            return .parameter(String(name))
        }
        parameters = segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
        precondition(Set(parameters).count == parameters.count, "“\(text)” names a parameter twice")
        precondition(
            parameters.count <= Self.parameterLimit, "“\(text)” has more than \(Self.parameterLimit) parameters")
    }
}
