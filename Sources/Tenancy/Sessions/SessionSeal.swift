public import Runtime
public import Sealing
internal import Ticketing

/// Writes and reads the tokens of sessions: `tds_` and Base64 of whose it is, until when, and a code (HMAC-SHA256, cut
/// to 128 bits) over both. So every process knows a good one by itself, and asks nobody.
public struct SessionSeal: Sendable {
    private let key: HMACKey

    /// What no key of a tenant begins with.
    public static let prefix = "tds_"
    private static let codeBytes = 16
    private static let bytes = 16 + 16 + 5
    private static let textLength = 4 + ((bytes + codeBytes) * 4 + 2) / 3

    /// - Parameter key: the same in every process of an installation.
    public init(_ key: HMACKey) { self.key = key }

    public func text(_ session: Session) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytes + Self.codeBytes)
        for half in [session.id.high, session.id.low, session.tenant.high, session.tenant.low] {
            Self.append(half, 8, to: &bytes)
        }
        Self.append(UInt64(bitPattern: session.expiresAt.microseconds / 1_000_000), 5, to: &bytes)
        return Self.prefix + Base64.encode(bytes + code(bytes))
    }

    /// Nil for what is no token of this installation, or has expired.
    public func read(_ text: String, at now: Timestamp) -> Session? {
        guard text.utf8.count == Self.textLength, text.hasPrefix(Self.prefix),
            let bytes = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            bytes.count == Self.bytes + Self.codeBytes
        else { return nil }
        let content = Array(bytes.prefix(Self.bytes))
        guard ConstantTime.equal(Array(bytes.suffix(Self.codeBytes)), code(content)) else { return nil }
        let session = Session(
            id: Session.Id(high: Self.number(content[0..<8]), low: Self.number(content[8..<16])),
            tenant: TenantId(high: Self.number(content[16..<24]), low: Self.number(content[24..<32])),
            expiresAt: Timestamp(microseconds: Int64(Self.number(content[32..<37])) * 1_000_000))
        return now < session.expiresAt ? session : nil
    }

    private func code(_ bytes: [UInt8]) -> [UInt8] {
        let code = key.code { hmac in
            // The key is other texts' too, and none of those begins so.
            hmac.update(Array("turnstile-session-1\0".utf8))
            hmac.update(bytes)
        }
        return code.withUnsafeBytes { Array($0.prefix(Self.codeBytes)) }
    }

    private static func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for index in stride(from: count - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
