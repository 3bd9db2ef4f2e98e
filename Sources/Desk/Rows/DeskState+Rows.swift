extension DeskState {
    /// The whole state as rows, in the one order that depends on nothing but the state: what a snapshot stores, what a
    /// hash is taken of, and what `DeskLoader` makes the same state from.
    public func rows(_ body: (DeskStoredRow) -> Void) { rows(isLasting: false, body) }

    /// - Parameter isLasting: leaves out what is forgotten some time after it ended, even if it is not yet.
    private func rows(isLasting: Bool, _ body: (DeskStoredRow) -> Void) {
        body(.desk(row))
        for slot in tickets.sortedSlots where isLasting ? tickets[slot].row.status.isLive : isKnown(slot) {
            body(.ticket(tickets[slot].row))
        }
    }

    /// The state as bytes: equal states, in whatever way they came about, give equal bytes. The hash is the caller's.
    public func digestInput(_ body: (UnsafeRawBufferPointer) -> Void) { digestInput(isLasting: false, body) }

    /// The same without what is forgotten some time after it ended: as long as nothing is decided, it does not depend
    /// on the time, so that whoever loads the desk later gets the same bytes.
    public func lastingDigestInput(_ body: (UnsafeRawBufferPointer) -> Void) { digestInput(isLasting: true, body) }

    private func digestInput(isLasting: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        var bytes = CanonicalBytes()
        rows(isLasting: isLasting) { row in
            bytes.put(row)
            bytes.flush(over: 32_768, body)
        }
        bytes.flush(over: 0, body)
    }

    private static var snapshotVersion: UInt64 { 1 }

    /// The whole state as bytes, from which the same state can be made again.
    public var snapshot: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.put(Self.snapshotVersion)
        bytes.put(time)
        rows { bytes.put($0) }
        return bytes.bytes
    }

    public init(snapshot: [UInt8]) throws(DeskLoadError) {
        var reader = CanonicalReader(snapshot)
        guard try reader.number() == Self.snapshotVersion else { throw DeskLoadError(.impossible, in: "snapshot") }
        let time = try reader.time()
        guard case .desk(let desk) = try reader.row() else { throw DeskLoadError(.outOfOrder, in: "snapshot") }
        var loader = try DeskLoader(desk, at: time)
        while !reader.isAtEnd {
            guard case .ticket(let row) = try reader.row() else { throw DeskLoadError(.twice, in: "snapshot") }
            try loader.add(row)
        }
        self = try loader.finish()
    }
}
