internal import HTTPClient
internal import Wire

/// What Stripe's refusals mean.
enum StripeFailure {
    static func error(_ answer: HTTPAnswer, _ body: JSONValue?) -> ProviderError {
        let error = body?["error"]
        // Its words may name keys and buyers: only what is a word of its interface is kept.
        let words = [error?["type"]?.word, error?["code"]?.word, error?["param"]?.word].compactMap { $0 }
        var failure = ProviderError(
            status: answer.status, words.isEmpty ? "without a reason" : words.joined(separator: " "))
        // In the path it is a 404; as a parameter, a 400.
        if failure.code == .never, error?["code"]?.text == "resource_missing" {
            failure = ProviderError(.unknown, failure.reason)
        }
        // Stripe knows of some of its own faults that they pass.
        if failure.code == .never, answer["stripe-should-retry"] == "true" {
            failure = ProviderError(.later, failure.reason)
        }
        return failure
    }
}
