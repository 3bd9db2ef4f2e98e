internal import Runtime
internal import Sealing

/// Passwords at the cost that the settings ask for, and one that is nobody's: checked where there is no account, so
/// that it takes as long as where there is one.
struct Passwords: Sendable {
    let cost: Password.Cost
    private let nobodys: String

    /// Takes as long as checking a password.
    init(_ section: AccountsSection) throws(SealingError) {
        cost =
            switch section.passwordCost {
            case .interactive: .interactive
            case .moderate: .moderate
            case .lowest: .lowest
            }
        nobodys = try Password.hash(RandomID.make(prefix: "nobody"), cost: cost)
    }

    func hash(_ password: String) throws(SealingError) -> String { try Password.hash(password, cost: cost) }

    /// - Parameter stored: nil where there is no account: then it is wrong.
    func isRight(_ password: String, for stored: String?) throws(SealingError) -> Bool {
        let isRight = try Password.isRight(password, for: stored ?? nobodys)
        return isRight && stored != nil
    }

    /// Whether it was hashed at another cost than passwords are now.
    func isOutdated(_ stored: String) throws(SealingError) -> Bool {
        try Password.needsNewHash(stored, cost: cost)
    }
}
