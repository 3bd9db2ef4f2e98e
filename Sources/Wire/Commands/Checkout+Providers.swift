public import Ticketing

extension Checkout {
    /// Whom a request may name. Which of them an installation has set up is for its settings to say.
    public static let providers = ["sandbox", "stripe", "paypal"]
}
