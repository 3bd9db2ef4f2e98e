internal import Runtime

/// What goes wrong with one message on its way.
struct Fate: Hashable, Sendable {
    /// How late it comes.
    var delay: Duration = .zero
    /// How often it comes.
    var copies = 1
    /// It waits for a later one about the same payment.
    var isHeld = false
    /// It never comes.
    var isLost = false

    static let mostCopies = 20
    /// How long it waits for a later one at most.
    static let longestHold = Duration.seconds(2)
}
