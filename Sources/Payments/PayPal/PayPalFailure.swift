internal import HTTPClient
internal import Wire

/// What PayPal's refusals mean.
enum PayPalFailure {
    static func error(_ answer: HTTPAnswer, _ body: JSONValue?) -> ProviderError {
        // Its sentences may name buyers: only what is a word of its interface is kept.
        let words = [body?["name"]?.word ?? body?["error"]?.word, issue(body)].compactMap { $0 }
        return ProviderError(status: answer.status, words.isEmpty ? "without a reason" : words.joined(separator: " "))
    }

    /// What is wrong in particular, such as `INSTRUMENT_DECLINED`.
    static func issue(_ body: JSONValue?) -> String? { body?["details"]?.elements.first?["issue"]?.word }

    /// The buyer cannot pay in the way that was chosen.
    static let declines: Set = [
        "INSTRUMENT_DECLINED", "TRANSACTION_REFUSED", "PAYER_CANNOT_PAY", "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED", "CARD_EXPIRED", "COMPLIANCE_VIOLATION",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "TRANSACTION_BLOCKED_BY_PAYEE", "PAYMENT_DENIED",
    ]
}
