public import Sealing
public import Ticketing
internal import Wire

/// What a caller asks for by `GET /v1/requests/{id}`: the command, where it is decided, and since when; so that it
/// means something to every ingress before anything is stored.
public struct RequestId: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// It never reached a queue: the id is only for telling log lines apart.
        case refused = 0
        /// It was confirmed by the broker.
        case accepted = 1
        /// The broker did not say.
        case unknown = 2
        case decided = 3
    }

    public var kind: Kind
    /// Whose partition it is, and whose journal is asked.
    public var line: Line
    public var command: CommandId
    public var partition: Int
    /// When it was accepted or decided: whole seconds since 1970.
    public var seconds: Int64
    /// The sequence number that it was expected to get when it was accepted; 0 where that could not be told.
    public var expected: UInt64

    public init(
        _ kind: Kind, of line: Line = .seats, _ command: CommandId, partition: Int, seconds: Int64, expected: UInt64 = 0
    ) {
        self.kind = kind
        self.line = line
        self.command = command
        self.partition = partition
        self.seconds = seconds
        self.expected = expected
    }
}

/// Writes and reads request ids. Each bears a code (HMAC-SHA256, cut to 64 bits) over itself and its tenant: one that
/// was made up, or belongs to another tenant, is none.
public struct RequestSeal: Sendable {
    private let key: HMACKey

    private static let prefix = "req_"
    private static let codeBytes = 8
    private static let digestBytes = 16
    private static let bytes = 1 + 2 + 16 + 5 + 8
    /// The first byte says the line and, in its lower half, the kind.
    private static let lineShift: UInt8 = 4

    /// - Parameter key: the same in every process of an installation.
    public init(_ key: HMACKey) { self.key = key }

    public func text(_ id: RequestId, of tenant: TenantId) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytes + Self.codeBytes)
        bytes.append(id.line.rawValue << Self.lineShift | id.kind.rawValue)
        Self.append(UInt64(id.partition), 2, to: &bytes)
        Self.append(id.command.high, 8, to: &bytes)
        Self.append(id.command.low, 8, to: &bytes)
        Self.append(UInt64(bitPattern: id.seconds), 5, to: &bytes)
        Self.append(id.expected, 8, to: &bytes)
        bytes += code(bytes, tenant)
        return Self.prefix + Base64.encode(bytes)
    }

    /// nil for what is no id of this installation and tenant.
    public func read(_ text: String, of tenant: TenantId) -> RequestId? {
        guard let bytes = Self.bytes(of: text), let line = Line(rawValue: bytes[0] >> Self.lineShift),
            let kind = RequestId.Kind(rawValue: bytes[0] & (1 << Self.lineShift - 1))
        else { return nil }
        let content = Array(bytes.prefix(Self.bytes))
        guard ConstantTime.equal(Array(bytes.suffix(Self.codeBytes)), code(content, tenant)) else { return nil }
        return RequestId(
            kind, of: line, CommandId(high: Self.number(content[3..<11]), low: Self.number(content[11..<19])),
            partition: Int(Self.number(content[1..<3])), seconds: Int64(Self.number(content[19..<24])),
            expected: Self.number(content[24..<32]))
    }

    /// The same for the request for an account, whose tenant's id is the command's: it says itself whose it is.
    public func readOfAccount(_ text: String) -> (id: RequestId, tenant: TenantId)? {
        guard let bytes = Self.bytes(of: text) else { return nil }
        let tenant = TenantId(high: Self.number(bytes[3..<11]), low: Self.number(bytes[11..<19]))
        guard let id = read(text, of: tenant), id.line == .desk else { return nil }
        return (id, tenant)
    }

    private static func bytes(of text: String) -> [UInt8]? {
        guard text.hasPrefix(prefix), text.utf8.count < 100,
            let bytes = Base64.decode(String(text.dropFirst(prefix.count))), bytes.count == Self.bytes + codeBytes
        else { return nil }
        return bytes
    }

    /// What tells an e-mail address from another one in the same command, and says nothing of it to whoever lacks the
    /// key; nor does it show that two commands have the same address.
    public func digest(of email: String, in command: CommandId) -> String {
        let code = key.code { hmac in
            // No request id begins so.
            hmac.update(Array("turnstile-email-1\0".utf8))
            withUnsafeBytes(of: (command.high.bigEndian, command.low.bigEndian)) { hmac.update($0) }
            hmac.update(Array(email.utf8))
        }
        return Base64.encode(code.withUnsafeBytes { Array($0.prefix(Self.digestBytes)) })
    }

    /// In whose place somebody asks for an account who is no tenant yet: the same for the same address, so that the
    /// keys of two who do not know each other do not meet.
    public func scope(ofAccount email: String) -> TenantId {
        let code = key.code { hmac in
            hmac.update(Array("turnstile-account-1\0".utf8))
            hmac.update(Array(email.utf8))
        }
        let bytes = code.withUnsafeBytes { Array($0) }
        return TenantId(high: Self.number(bytes[0..<8]), low: Self.number(bytes[8..<16]))
    }

    private func code(_ bytes: [UInt8], _ tenant: TenantId) -> [UInt8] {
        let code = key.code { hmac in
            hmac.update(bytes)
            withUnsafeBytes(of: (tenant.high.bigEndian, tenant.low.bigEndian)) { hmac.update($0) }
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
