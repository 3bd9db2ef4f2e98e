internal import CSodium

/// Random numbers fit for secrets, from the system.
public struct SecureRandom: RandomNumberGenerator, Sendable {
    public init() {}

    public mutating func next() -> UInt64 {
        Sodium.start()
        var value: UInt64 = 0
        randombytes_buf(&value, 8)
        return value
    }

    /// Two numbers at once.
    public static func pair() -> (UInt64, UInt64) {
        Sodium.start()
        var pair: (UInt64, UInt64) = (0, 0)
        randombytes_buf(&pair, 16)
        return pair
    }

    public static func bytes(_ count: Int) -> [UInt8] {
        Sodium.start()
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { randombytes_buf($0.octets, $0.count) }
        return bytes
    }
}

/// The same numbers for one who needs many: they are taken from the system some at a time, since to ask it takes longer
/// than most of what they are for. Never copied: nobody gets a number that another has.
public struct RandomSupply: ~Copyable {
    private var numbers: [UInt64] = []
    private static let atOnce = 64

    public init() {}

    public mutating func pair() -> (UInt64, UInt64) {
        if numbers.count < 2 { refill() }
        return (numbers.removeLast(), numbers.removeLast())
    }

    private mutating func refill() {
        Sodium.start()
        numbers = [UInt64](repeating: 0, count: Self.atOnce)
        numbers.withUnsafeMutableBytes { randombytes_buf($0.octets, $0.count) }
    }
}

/// Random ids and keys as text: `key_5hR0…`.
public enum RandomID {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// `prefix`, an underscore, and as many letters and digits as it takes for that many bits, each equally likely.
    ///
    /// - Parameter bits: at least 128, which nobody guesses and which do not repeat.
    public static func make(prefix: String, bits: Int = 128) -> String {
        precondition((128...1_024).contains(bits), "an id has 128 to 1,024 bits")
        // A letter of 62 has 5.954 bits.
        var missing = (bits * 1_000 + 5_953) / 5_954
        var text = Array(prefix.utf8) + [UInt8(ascii: "_")]
        while missing > 0 {
            // Bytes from 248 on are thrown away: with them the first letters would come more often.
            for byte in SecureRandom.bytes(missing + 4) where byte < 248 && missing > 0 {
                text.append(alphabet[Int(byte) % 62])
                missing -= 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
