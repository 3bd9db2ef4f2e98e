/// The numbers of a publisher's messages by a digest, oldest first. Pure.
///
/// A chain runs through the places of a window, so that adding a number allocates nothing of its own. Numbers are added
/// in ascending order, and each is dropped before its place is used again.
struct NumberChains {
    private struct Ends {
        var first: UInt64
        var last: UInt64
    }

    private var chains: [Fingerprint: Ends] = [:]
    /// For each place, the next number with the same digest.
    private var following: [UInt64]

    init(capacity: Int) {
        following = Array(repeating: 0, count: capacity)
    }

    mutating func append(_ number: UInt64, under digest: Fingerprint) {
        if let ends = chains[digest] {
            following[place(of: ends.last)] = number
            chains[digest] = Ends(first: ends.first, last: number)
        } else {
            chains[digest] = Ends(first: number, last: number)
        }
    }

    func first(under digest: Fingerprint) -> UInt64? { chains[digest]?.first }

    /// Drops a number if it is the first of its chain; if it is not in it any more, nothing happens.
    mutating func drop(_ number: UInt64, under digest: Fingerprint) {
        guard let ends = chains[digest], ends.first == number else { return }
        if number == ends.last {
            chains[digest] = nil
        } else {
            chains[digest] = Ends(first: following[place(of: number)], last: ends.last)
        }
    }

    private func place(of number: UInt64) -> Int { Int((number - 1) % UInt64(following.count)) }
}
