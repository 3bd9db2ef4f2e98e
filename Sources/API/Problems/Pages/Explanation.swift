/// What a developer who was refused wants to know.
struct Explanation: Sendable {
    /// Whether to send the same request again with the same idempotency key.
    enum Retry: Sendable {
        /// The key was not used up, and the same request may well succeed: at once, or after `Retry-After`.
        case sameKey(String)
        /// The decision is stored under the key: the same key gets the same refusal.
        case newKey(String)
        /// It would be refused again.
        case pointless(String)
    }

    /// What happened.
    let meaning: String
    /// Why it happens.
    let cause: String
    /// What a client should do.
    let remedy: String
    let retry: Retry
}

extension Explanation.Retry {
    var text: String {
        switch self {
        case .sameKey(let text), .newKey(let text), .pointless(let text): text
        }
    }

    /// For programs.
    var word: String {
        switch self {
        case .sameKey: "same-key"
        case .newKey: "new-key"
        case .pointless: "pointless"
        }
    }
}

extension ProblemCode {
    var explanation: Explanation {
        switch self {
        case .fault(let code): code.explanation
        case .refusal(let kind): kind.explanation
        case .desk(let kind): kind.explanation
        case .worker(let problem): problem.explanation
        }
    }
}
