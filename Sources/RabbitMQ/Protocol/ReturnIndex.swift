/// Which messages of a window a `basic.return` can be about. Pure.
struct ReturnIndex {
    private var byContent: NumberChains
    private var byRoute: NumberChains
    /// Every message up to this number is in here, or has been.
    private(set) var lastNumber: UInt64 = 0

    init(capacity: Int) {
        byContent = NumberChains(capacity: capacity)
        byRoute = NumberChains(capacity: capacity)
    }

    mutating func add(_ message: ConfirmWindow.Message, number: UInt64) {
        lastNumber = number
        guard message.isMandatory else { return }
        byContent.append(number, under: message.content)
        byRoute.append(number, under: message.route)
    }

    /// The message has left the window. Messages leave in the order of their numbers.
    mutating func drop(_ message: ConfirmWindow.Message, number: UInt64) {
        guard number <= lastNumber else { return }
        byContent.drop(number, under: message.content)
        byRoute.drop(number, under: message.route)
    }

    /// Takes out the oldest message of that content, or else of that route: a broker may pass properties on in other
    /// bytes than it got them.
    ///
    /// - Parameter isPossible: whether a message can still be returned. The others are dropped on the way.
    mutating func take(content: Fingerprint, route: Fingerprint, where isPossible: (UInt64) -> Bool) -> UInt64? {
        Self.take(content, from: &byContent, where: isPossible) ?? Self.take(route, from: &byRoute, where: isPossible)
    }

    private static func take(
        _ digest: Fingerprint, from chains: inout NumberChains, where isPossible: (UInt64) -> Bool
    ) -> UInt64? {
        while let number = chains.first(under: digest) {
            chains.drop(number, under: digest)
            if isPossible(number) { return number }
        }
        return nil
    }
}
