public import Sealing

/// Makes sealed batches of decided ones: answers, digests, leaves, root, chain, signature. Pure but for its salts.
public struct Sealer {
    private let key: SigningKey
    private let salts: (Int) -> [Salt]

    /// - Parameter salts: as many random salts as asked for.
    public init(key: SigningKey, salts: @escaping (Int) -> [Salt]) {
        self.key = key
        self.salts = salts
    }
}
