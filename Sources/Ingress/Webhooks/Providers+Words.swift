internal import Payments

extension Providers {
    /// What there is, for whoever asked for another one.
    var inWords: String {
        names.isEmpty
            ? "nothing is, and the setting payments.providers says what should be"
            : "\(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are"), by the setting payments.providers"
    }
}
