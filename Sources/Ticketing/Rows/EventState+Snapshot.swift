extension EventState {
    private static var snapshotVersion: UInt64 { 1 }

    /// The whole state as bytes, from which the same state can be made again.
    public var snapshot: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.put(Self.snapshotVersion)
        bytes.put(time)
        rows { bytes.put($0) }
        return bytes.bytes
    }

    public init(snapshot: [UInt8]) throws(LoadError) {
        var reader = CanonicalReader(snapshot)
        guard try reader.number() == Self.snapshotVersion else { throw LoadError(.impossible, in: "snapshot") }
        let time = try reader.time()
        guard case .event(let event) = try reader.row() else { throw LoadError(.outOfOrder, in: "snapshot") }
        var terms: [TermsRow] = []
        var next: Row?
        while next == nil, !reader.isAtEnd {
            let row = try reader.row()
            if case .terms(let row) = row { terms.append(row) } else { next = row }
        }
        var loader = try Loader(event, terms: terms, at: time)
        if let next { try loader.add(next) }
        while !reader.isAtEnd { try loader.add(try reader.row()) }
        self = try loader.finish()
    }
}
