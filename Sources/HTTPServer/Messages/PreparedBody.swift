/// A body that was compressed once, to be sent many times: a seat map of one version, a page of the console.
///
///     let map = PreparedBody(bytes, tag: EntityTag("v\(version)"))
///     responder.answer(Response(.ok, .json, .prepared(map)))
public final class PreparedBody: Sendable {
    public let identity: SharedBytes
    /// Nil when compression would not make it smaller.
    public let gzip: SharedBytes?
    public let tag: EntityTag

    /// Compresses at once, on the calling thread.
    ///
    /// - Parameters:
    ///   - tag: the validator of these bytes; derived from them when it is nil.
    ///   - level: zlib's 1 (fast) to 9 (small).
    public init(_ bytes: SharedBytes, tag: EntityTag? = nil, level: Int = 6) {
        identity = bytes
        self.tag = tag ?? bytes.withUnsafeBytes(EntityTag.init(hashing:))
        let compressed = Gzip.compress(bytes.bytes, level: level)
        gzip = compressed.flatMap { $0.count < bytes.count ? $0 : nil }
    }

    public convenience init(_ bytes: some Collection<UInt8>, tag: EntityTag? = nil, level: Int = 6) {
        self.init(SharedBytes(bytes), tag: tag, level: level)
    }
}
