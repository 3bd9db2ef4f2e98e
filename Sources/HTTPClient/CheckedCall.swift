/// A call that can be sent: nothing in it breaks out of its place in a request.
struct CheckedCall: Sendable {
    let method: HTTPCall.Method
    let url: String
    /// As the library takes them.
    let headers: [String]
    let body: [UInt8]
    let timeout: Duration

    private static let longestURL = 8 << 10
    private static let longestHeader = 8 << 10
    private static let mostHeaders = 64
    /// What the library writes itself: another one would make two requests of one.
    private static let own: Set = ["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"]

    init(_ call: HTTPCall, usual timeout: Duration) throws(HTTPCallError) {
        if let wrong = Self.fault(ofURL: call.url) ?? Self.fault(ofHeaders: call.headers) { throw .invalid(wrong) }
        guard call.method != .get || call.body.isEmpty else { throw .invalid("GET with a body") }
        method = call.method
        url = call.url
        body = call.body
        self.timeout = max(call.timeout ?? timeout, .milliseconds(1))
        // An empty value has a form of its own; a header without any takes away what the library would add.
        var headers = call.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        headers.append("Expect:")
        if !call.headers.contains(where: { $0.name.lowercased() == "content-type" }) { headers.append("Content-Type:") }
        if !call.headers.contains(where: { $0.name.lowercased() == "accept" }) { headers.append("Accept: */*") }
        self.headers = headers
    }

    private static func fault(ofURL url: String) -> String? {
        guard url.utf8.count <= longestURL, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !url.contains("#")
        else { return "the URL is too long, or has bytes that no URL has" }
        guard let colon = url.firstIndex(of: ":"), ["http", "https"].contains(url[..<colon].lowercased()),
            url[colon...].hasPrefix("://")
        else { return "the URL is neither http nor https" }
        let authority = url[colon...].dropFirst(3).prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else {
            return "the URL names no server, or a user"
        }
        return nil
    }

    private static func fault(ofHeaders headers: [(name: String, value: String)]) -> String? {
        guard headers.count <= mostHeaders else { return "too many headers" }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.count <= 128, name.utf8.allSatisfy(isToken) else {
                return "a header's name cannot be sent"
            }
            guard !own.contains(name.lowercased()) else { return "the header \(name) is the client's own" }
            let isClean = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            guard isClean, value.utf8.count <= longestHeader else { return "the value of \(name) cannot be sent" }
        }
        return nil
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension HTTPCallError {
    static func invalid(_ reason: String) -> HTTPCallError { HTTPCallError(.invalid, reason, mayHaveArrived: false) }
}
