internal import Sealing
public import Ticketing

/// What makes a retry the same command: a quoted string of structured fields (RFC 8941), or the text bare.
public struct IdempotencyKey: Hashable, Sendable {
    public let text: String

    public static let longest = 255

    /// - Throws: a fault for what is no key: empty, too long, or with characters other than ASCII's visible ones and
    ///   the blank.
    public init(_ field: String) throws(Fault) {
        guard let text = Self.unquoted(field) else {
            throw Fault(.invalidRequest, "The header “Idempotency-Key” begins a quoted string that does not end well.")
        }
        try self.init(bare: text)
    }

    /// The text as it is.
    public init(bare text: String) throws(Fault) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Fault(
                .invalidRequest,
                "An idempotency key has 1 to \(Self.longest) visible characters of ASCII, blanks included.")
        }
        self.text = text
    }

    private static func unquoted(_ field: String) -> String? {
        guard field.hasPrefix("\"") else { return field }
        var text = ""
        var isEscape = false
        var rest = Substring(field.dropFirst())
        while let character = rest.popFirst() {
            if isEscape {
                guard character == "\"" || character == "\\" else { return nil }
                text.append(character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else if character == "\"" {
                // Parameters may follow; they mean nothing here.
                return rest.isEmpty || rest.first == ";" ? text : nil
            } else {
                text.append(character)
            }
        }
        return nil
    }
}

extension CommandId {
    /// The same for the same request of the same tenant: a name-based UUID of it, by SHA-256 where version 5 has SHA-1.
    ///
    /// - Parameter path: the concrete one, without a query.
    public init(_ key: IdempotencyKey, tenant: TenantId, method: String, path: String) {
        let digest = SHA256.hash { hash in
            withUnsafeBytes(of: (tenant.high.bigEndian, tenant.low.bigEndian)) { hash.update($0) }
            for part in [method, path, key.text] {
                // Each behind its length, so that no two lists of parts are the same bytes.
                withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { hash.update($0) }
                hash.update(Array(part.utf8))
            }
        }
        let (high, low) = digest.withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        self.init(
            high: high & ~0xF000 | 0x5000, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// A new one: a UUID of version 7 (RFC 9562), whose first 48 bits are the time.
    public init(milliseconds: Int64, random: (UInt64, UInt64)) {
        self.init(
            high: UInt64(bitPattern: milliseconds) << 16 | 0x7000 | random.0 & 0x0FFF,
            low: random.1 & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}
