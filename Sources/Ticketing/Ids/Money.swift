/// An ISO 4217 code: three capital letters.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    private let letters: UInt32

    /// nil unless it is three capital letters.
    public init?(_ code: String) {
        var letters: UInt32 = 0
        for byte in code.utf8 {
            guard byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z"), letters < 1 << 16 else { return nil }
            letters = letters << 8 | UInt32(byte)
        }
        guard letters >= 1 << 16 else { return nil }
        self.letters = letters
    }

    public var description: String {
        String(decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: letters >> $0) }, as: UTF8.self)
    }

    var number: UInt64 { UInt64(letters) }
}

/// An amount in minor units of a currency.
public struct Money: Hashable, Sendable {
    public let amount: Int64
    public let currency: Currency

    public init(_ amount: Int64, _ currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    /// Of two words for one thing: the one that is the same in every order.
    func merged(with other: Money) -> Money {
        (amount, currency.number) < (other.amount, other.currency.number) ? other : self
    }
}
