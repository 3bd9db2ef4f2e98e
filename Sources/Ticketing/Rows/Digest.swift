/// What takes a state's bytes, such as a hash function.
public protocol DigestSink {
    mutating func write(_ bytes: UnsafeRawBufferPointer)
}

extension EventState {
    /// The state as bytes: equal states, in whatever way they came about, give equal bytes. The hash is the caller's.
    public func digestInput(into sink: inout some DigestSink) { digestInput(into: &sink, isLasting: false) }

    /// The same without what is forgotten some time after it ended: as long as nothing is decided, it does not depend
    /// on the time, so that whoever loads the event later gets the same bytes.
    public func lastingDigestInput(into sink: inout some DigestSink) { digestInput(into: &sink, isLasting: true) }

    private func digestInput(into sink: inout some DigestSink, isLasting: Bool) {
        var bytes = CanonicalBytes()
        rows(isLasting: isLasting) { row in
            bytes.put(row)
            bytes.flush(over: 32_768, into: &sink)
        }
        bytes.flush(over: 0, into: &sink)
    }
}

extension Decision {
    /// Appends everything that is to be written because of the decision: rows, effects, changes. Two processes that
    /// decide the same append the same bytes, and no two decisions have the same.
    public func appendWrites(to bytes: inout [UInt8]) {
        var canonical = CanonicalBytes(appendingTo: bytes)
        bytes = []
        canonical.put(writes) { $0.put($1) }
        canonical.put(effects) { $0.put($1) }
        canonical.put(changes) { $0.put($1) }
        bytes = canonical.bytes
    }
}
