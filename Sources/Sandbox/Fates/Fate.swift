internal import Runtime

/// What goes wrong with one message on its way.
struct Fate: Hashable, Sendable {
    /// How late it comes.
    var delay: Duration = .zero
    /// How often it comes.
    var copies = 1
    /// It waits for a later one about the same payment, for so long at most; nil: it does not.
    var hold: Duration?
    /// It never comes.
    var isLost = false

    static let mostCopies = 20
}
