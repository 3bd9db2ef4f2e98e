public import Runtime
internal import Sealing
public import Ticketing
internal import Wire

/// How a buyer pays: nobody's business but his, so it stands neither in the journal nor in the log.
public struct PaymentAccess: Sendable, Hashable {
    public let clientSecret: String?
    public let payUrl: String?

    public init(clientSecret: String?, payUrl: String?) {
        self.clientSecret = clientSecret
        self.payUrl = payUrl
    }
}

/// Seals it for the table, from which only readers of this installation open it.
public struct AccessSeal: Sendable {
    private let key: SealingKey

    /// With what an installation's processes know and nobody else.
    public init(_ settings: Runtime.Settings) throws {
        guard let text = settings[APISection.self].requestKey?.exposed, let secret = Hex.decode(text),
            secret.count == SealingKey.count
        else { throw ProgramFailure.badKey("TURNSTILE_API_REQUEST_KEY", bytes: SealingKey.count) }
        try self.init(secret: secret)
    }

    init(secret: [UInt8]) throws {
        let derived = SHA256.hash { hash in
            hash.update(Array("turnstile.payment-access".utf8))
            hash.update(secret)
        }
        key = try SealingKey(derived.bytes)
    }

    public func seal(_ access: PaymentAccess, of payment: PaymentId) -> [UInt8] {
        let parts = [access.clientSecret, access.payUrl].map { (text: String?) -> [UInt8] in
            text.map { [1] + Array($0.utf8) } ?? [0]
        }
        return key.seal(parts[0] + [UInt8(ascii: "\n")] + parts[1], for: Self.context(payment))
    }

    /// nil for what was sealed otherwise.
    public func open(_ sealed: [UInt8], of payment: PaymentId) -> PaymentAccess? {
        guard let plain = try? key.open(sealed, for: Self.context(payment)) else { return nil }
        let parts = plain.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        func text(_ part: ArraySlice<UInt8>) -> String? {
            part.first == 1 ? String(decoding: part.dropFirst(), as: UTF8.self) : nil
        }
        return PaymentAccess(clientSecret: text(parts[0]), payUrl: text(parts[1]))
    }

    private static func context(_ payment: PaymentId) -> [UInt8] {
        Array("\(payment.command.hex)-\(payment.index)".utf8)
    }
}
