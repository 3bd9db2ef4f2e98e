internal import CSodium

/// Bytes as hexadecimal text, in constant time for a length: fit for secrets.
public enum Hex {
    /// In lower case.
    public static func encode(_ bytes: [UInt8]) -> String {
        encoded(capacity: bytes.count * 2 + 1) { text, room in
            bytes.withUnsafeBytes { _ = sodium_bin2hex(text, room, $0.octets, $0.count) }
        }
    }

    /// `nil` unless it is pairs of digits, in either case, and nothing else.
    public static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 2 == 0 else { return nil }
        return decoded(text, capacity: text.utf8.count / 2) { bytes, characters, length, count in
            sodium_hex2bin(bytes.octets, bytes.count, characters, length, nil, &count, nil)
        }
    }
}

/// Bytes as Base64 (RFC 4648), in constant time for a length: fit for secrets.
public enum Base64 {
    public enum Variant: Sendable {
        /// `+` and `/`, padded: for headers that ask for it.
        case standard
        /// `-` and `_`, not padded: for URLs and ids.
        case urlSafe

        fileprivate var number: Int32 {
            switch self {
            case .standard: sodium_base64_VARIANT_ORIGINAL
            case .urlSafe: sodium_base64_VARIANT_URLSAFE_NO_PADDING
            }
        }
    }

    public static func encode(_ bytes: [UInt8], _ variant: Variant = .urlSafe) -> String {
        let capacity = sodium_base64_encoded_len(bytes.count, variant.number)
        return encoded(capacity: capacity) { text, room in
            bytes.withUnsafeBytes {
                _ = sodium_bin2base64(text, room, $0.octets, $0.count, variant.number)
            }
        }
    }

    /// `nil` unless it is exactly what `encode` makes of some bytes: no spaces, no stray bits, padding as it must be.
    public static func decode(_ text: String, _ variant: Variant = .urlSafe) -> [UInt8]? {
        decoded(text, capacity: text.utf8.count / 4 * 3 + 3) { bytes, characters, length, count in
            sodium_base642bin(bytes.octets, bytes.count, characters, length, nil, &count, nil, variant.number)
        }
    }
}

private func encoded(capacity: Int, _ write: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
        text.initialize(repeating: 0)
        if let start = text.baseAddress { write(start, text.count) }
        // The last byte is C's end of a text.
        return String(decoding: UnsafeRawBufferPointer(text).dropLast(), as: UTF8.self)
    }
}

/// - Parameter read: gets room for the bytes and the characters; sets how many bytes they were; 0 when all of it was
/// good.
private func decoded(
    _ text: String, capacity: Int,
    _ read: (UnsafeMutableRawBufferPointer, UnsafePointer<CChar>, Int, inout Int) -> Int32
) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: capacity)
    var count = 0
    let result = bytes.withUnsafeMutableBytes { room in
        text.withCString { read(room, $0, text.utf8.count, &count) }
    }
    guard result == 0 else { return nil }
    bytes.removeLast(bytes.count - count)
    return bytes
}
