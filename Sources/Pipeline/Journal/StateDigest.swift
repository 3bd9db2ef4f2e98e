public import Sealing
public import Ticketing

extension EventState {
    /// The hash of everything about the event that lasts: what a move hands over, and what a replay is compared with.
    /// Whether it was loaded in between, and when, makes no difference.
    public var digest: Digest {
        var sink = HashSink()
        lastingDigestInput(into: &sink)
        return sink.hash.digest
    }
}

private struct HashSink: DigestSink {
    var hash = SHA256()
    mutating func write(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }
}
