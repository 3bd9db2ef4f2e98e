public import Sealing

/// Writes and reads tickets' codes.
public struct TicketSeal: Sendable {
    private let key: SigningKey

    /// - Parameter key: the same in every process of an installation: a ticket has one code.
    public init(_ key: SigningKey) { self.key = key }

    public var publicKey: VerifyingKey { key.publicKey }

    public func text(of code: TicketCode) -> String {
        let content = code.content
        return TicketCode.prefix + Base32.encode(content + key.sign(TicketCode.signed(content)).bytes)
    }

    /// nil for what is no code, or was not signed by this installation.
    public func read(_ text: String) -> TicketCode? { publicKey.read(text) }
}

extension VerifyingKey {
    /// A ticket's code, as a gate checks it that has nothing but the public key; nil for what this key did not sign.
    public func read(_ text: String) -> TicketCode? {
        let length = TicketCode.contentBytes + Signature.count
        guard text.hasPrefix(TicketCode.prefix), text.utf8.count < 2 * length,
            let bytes = Base32.decode(text.utf8.dropFirst(TicketCode.prefix.utf8.count)), bytes.count == length,
            let signature = try? Signature(bytes[TicketCode.contentBytes...])
        else { return nil }
        let content = bytes[..<TicketCode.contentBytes]
        guard isValid(signature, for: TicketCode.signed(content)) else { return nil }
        return TicketCode(content: content)
    }

    /// A short name, by which a key is told from others: the beginning of its SHA-256.
    public var keyId: String { Base64.encode(Array(SHA256.hash(bytes).bytes.prefix(8))) }
}
