internal import Runtime

/// What a buyer does, or a script in his place.
struct PayWish: Hashable, Sendable {
    enum Outcome: String, Sendable, Hashable, CaseIterable {
        case succeed, decline
    }

    var outcome: Outcome
    /// How long it takes: meanwhile nobody can cancel it.
    var after: Duration = .zero
    /// What is captured instead of what was asked for.
    var amount: Int64?
    /// Why he is declined.
    var reason: String?
    // Of the message: what is not said goes by the switches.
    var copies: Int?
    var isLost: Bool?
    var isHeld: Bool?
    /// How late the message is, which the payment is not.
    var delay: Duration?

    /// - Parameter hold: how long a message waits for a later one at most, if it does.
    func change(_ fate: inout Fate, hold: Duration) {
        if let copies { fate.copies = copies }
        if let isLost { fate.isLost = isLost }
        if let isHeld { fate.hold = isHeld ? hold : nil }
        if let delay { fate.delay = delay }
    }
}

struct RefundWish: Hashable, Sendable {
    /// The asker's id.
    var refund: String?
    var amount: Int64
    var currency: String
    var key: String
}
