internal import HTTPClient

extension ProviderError {
    /// There was no answer. Whether the call arrived does not matter: it is made again under the same key.
    init(_ error: HTTPCallError) {
        self.init(error.code == .invalid ? .never : .later, error.description)
    }

    /// What a status says, whatever the provider's words for it.
    ///
    /// A key that is not taken (401, 403) is the installation's mistake, which somebody will mend: no payment is given
    /// up for it.
    init(status: Int, _ words: String) {
        let code: Code =
            switch status {
            case 404: .unknown
            case 401, 403, 408, 409, 424, 425, 429, 500...: .later
            case 400..<500: .never
            // Neither an answer nor a refusal: somebody else is there in the meantime, such as a proxy.
            default: .later
            }
        self.init(code, "\(status) \(words)")
    }

    /// An answer that is not what the provider promises. What it did is unknown, and the next answer may be better.
    static func unreadable(_ what: String) -> ProviderError { ProviderError(.later, "the answer is no \(what)") }
}

/// A provider's name for something, fit to stand in a path; nil for what cannot be one.
func pathPart(_ reference: String) -> String? {
    let isGood = reference.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
    return isGood && (1...255).contains(reference.utf8.count) ? reference : nil
}
