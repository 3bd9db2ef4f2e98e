/// What `Content-Type` says of a body.
struct MediaType: Hashable, Sendable {
    /// In lower case, such as `application/json`.
    let name: String
    /// As it was written, without its quotes; nil where there is none.
    let charset: String?

    init(_ field: String) {
        name = field.prefix { $0 != ";" && $0 != " " }.lowercased()
        charset = field.utf8.contains(UInt8(ascii: ";")) ? Self.charset(of: field) : nil
    }

    /// JSON has no other encoding (RFC 8259), and needs not to say so.
    var isUTF8: Bool {
        guard let charset else { return true }
        // The second is no name that is registered, but one that everybody understands, and sends.
        return ["utf-8", "utf8"].contains(charset.lowercased())
    }

    private static func charset(of field: String) -> String? {
        for parameter in field.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].filter({ $0 != " " && $0 != "\t" }).lowercased() == "charset" else {
                continue
            }
            return parts[1].filter { $0 != " " && $0 != "\t" && $0 != "\"" }
        }
        return nil
    }
}
