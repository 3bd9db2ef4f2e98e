/// Puts a message together from its header frame and its body frames.
struct ContentAssembler {
    struct Content: Equatable {
        var properties: MessageProperties
        var fingerprint: Fingerprint
        var body: [UInt8]
    }

    private enum State {
        case awaitingHeader
        case awaitingBody(Content, missing: UInt64)
    }

    /// A broker's word alone reserves no more than this.
    private static let reservedAtOnce: UInt64 = 1 << 20

    private var state = State.awaitingHeader

    /// - Returns: the message, when it has no body.
    mutating func header(_ header: ContentHeader) throws(ProtocolViolation) -> Content? {
        guard case .awaitingHeader = state else {
            throw ProtocolViolation(reason: "a second header for one message")
        }
        let content = Content(properties: header.properties, fingerprint: header.fingerprint, body: [])
        if header.bodySize == 0 { return content }
        state = .awaitingBody(content, missing: header.bodySize)
        return nil
    }

    /// - Returns: the message, when this was the rest of it.
    mutating func body(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) -> Content? {
        guard case .awaitingBody(var content, let missing) = state else {
            throw ProtocolViolation(reason: "a body without a header")
        }
        let size = UInt64(bytes.count)
        guard size <= missing else {
            throw ProtocolViolation(reason: "a body that is longer than its header said")
        }
        state = .awaitingHeader
        if content.body.isEmpty {
            if size == missing {
                content.body = [UInt8](bytes)
                return content
            }
            content.body.reserveCapacity(Int(min(missing, Self.reservedAtOnce)))
        }
        content.body.append(contentsOf: bytes)
        if size == missing { return content }
        state = .awaitingBody(content, missing: missing - size)
        return nil
    }
}
