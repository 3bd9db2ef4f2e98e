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
