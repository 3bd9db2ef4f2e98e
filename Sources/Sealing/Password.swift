internal import CSodium

/// Passwords of people, kept as Argon2id hashes (RFC 9106).
///
///     let stored = try Password.hash(password)
///     guard try Password.isRight(password, for: stored) else { … }
///     if Password.needsNewHash(stored) { … = try Password.hash(password) }
///
/// Deliberately slow and large: run it on an owned thread, and bound how many run at once, since each takes its
/// `memoryBytes` meanwhile.
public enum Password {
    /// How long a password may be, so that a huge one costs nobody anything.
    public static let longest = 1_024

    /// How much work and memory a guess costs.
    public struct Cost: Sendable, Hashable {
        public let passes: Int
        public let memoryBytes: Int

        /// - Parameters:
        ///   - passes: at least 1.
        ///   - memoryBytes: at least 8 KiB.
        public init(passes: Int, memoryBytes: Int) {
            precondition(passes >= Int(crypto_pwhash_OPSLIMIT_MIN), "too few passes")
            precondition(memoryBytes >= Int(crypto_pwhash_MEMLIMIT_MIN), "too little memory")
            self.passes = passes
            self.memoryBytes = memoryBytes
        }

        /// For logins: 64 MiB, some tens of milliseconds.
        public static let interactive = Cost(passes: 2, memoryBytes: 64 << 20)
        /// For keys to much else: 256 MiB, some hundreds of milliseconds.
        public static let moderate = Cost(passes: 3, memoryBytes: 256 << 20)
        /// Next to nothing, and no protection: for tests.
        public static let lowest = Cost(passes: 1, memoryBytes: 8 << 10)
    }

    /// The text to keep: it names the algorithm, the cost and the salt.
    ///
    /// - Throws: `wrongLength` for an empty or an endless password, `outOfMemory`.
    public static func hash(_ password: String, cost: Cost = .interactive) throws(SealingError) -> String {
        try check(password)
        Sodium.start()
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let length = UInt64(password.utf8.count)
        guard crypto_pwhash_str(&text, password, length, UInt64(cost.passes), cost.memoryBytes) == 0 else {
            throw SealingError(
                code: .outOfMemory, description: "no \(cost.memoryBytes) bytes of memory to hash a password")
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this is the password that the text was made of.
    ///
    /// - Throws: `malformed` when the text is none of `hash`'s. A password that is too long is wrong, not an error.
    public static func isRight(_ password: String, for stored: String) throws(SealingError) -> Bool {
        guard isHash(stored) else { throw malformed }
        guard (1...longest).contains(password.utf8.count) else { return false }
        Sodium.start()
        return crypto_pwhash_str_verify(stored, password, UInt64(password.utf8.count)) == 0
    }

    /// Whether the text was made with another cost than is wanted now: then hash the password anew, at the next login.
    public static func needsNewHash(_ stored: String, cost: Cost = .interactive) throws(SealingError) -> Bool {
        guard isHash(stored) else { throw malformed }
        Sodium.start()
        let result = crypto_pwhash_str_needs_rehash(stored, UInt64(cost.passes), cost.memoryBytes)
        guard result >= 0 else { throw malformed }
        return result != 0
    }

    private static let malformed = SealingError(code: .malformed, description: "this is no hash of a password")

    private static func check(_ password: String) throws(SealingError) {
        guard (1...longest).contains(password.utf8.count) else {
            throw SealingError(
                code: .wrongLength,
                description: "a password has 1 to \(longest) bytes, this one has \(password.utf8.count)")
        }
    }

    private static func isHash(_ stored: String) -> Bool {
        stored.hasPrefix("$argon2id$") && stored.utf8.count < Int(crypto_pwhash_STRBYTES) && !stored.utf8.contains(0)
    }
}
