internal import CRabbitMQ
internal import Glibc

/// Remembers the last text: consecutive deliveries mostly name the same exchange and routing key, and a `String` of
/// more than 15 bytes is an allocation.
struct TextCache {
    private var last = ""
    private var bytes: [UInt8] = []

    mutating func text(_ raw: amqp_bytes_t) -> String {
        let raw = raw.raw
        if bytes.holds(raw) { return last }
        last = String(decoding: raw, as: UTF8.self)
        bytes.hold(raw)
        return last
    }
}

/// Remembers the last message's properties: those of consecutive messages are often the same.
struct PropertiesCache {
    private var last = MessageProperties()
    private var fingerprint = Fingerprint()
    private var bytes: [UInt8] = []

    /// - Parameter decode: called when `raw`, their encoded form, is not that of the last ones.
    mutating func properties(
        raw: UnsafeRawBufferPointer, decode: () -> MessageProperties
    ) -> (MessageProperties, Fingerprint) {
        if !bytes.holds(raw) {
            last = decode()
            fingerprint = Fingerprint()
            fingerprint.add(raw)
            bytes.hold(raw)
        }
        return (last, fingerprint)
    }
}

extension [UInt8] {
    /// Whether there is something and it is the same.
    fileprivate func holds(_ raw: UnsafeRawBufferPointer) -> Bool {
        guard count == raw.count, let other = raw.baseAddress else { return false }
        return withUnsafeBytes { own in own.baseAddress.map { memcmp($0, other, raw.count) == 0 } ?? false }
    }

    fileprivate mutating func hold(_ raw: UnsafeRawBufferPointer) {
        removeAll(keepingCapacity: true)
        append(contentsOf: raw)
    }
}
