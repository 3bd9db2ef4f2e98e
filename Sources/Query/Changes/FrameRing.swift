internal import HTTPServer

/// The frames that were told of a show lately, for whoever comes back. Pure.
struct FrameRing: Sendable {
    struct Entry: Sendable {
        let frame: Frame
        let event: EventFrame
        let bytes: Int
    }

    /// What is kept at most. The stored changes reach further back.
    static let mostFrames = 2_400
    static let mostBytes = 2 << 20

    private var entries: [Entry] = []
    private var first = 0
    private var bytes = 0
    /// The version that the oldest frame begins behind; that of the last one where there is none.
    private(set) var base: UInt64

    init(base: UInt64) { self.base = base }

    /// The version that the newest frame ends with.
    var told: UInt64 { entries.last?.frame.version ?? base }

    mutating func append(_ entry: Entry) {
        precondition(entry.frame.base == told, "frames follow on each other")
        entries.append(entry)
        bytes += entry.bytes
        while entries.count - first > Self.mostFrames || (bytes > Self.mostBytes && entries.count - first > 1) {
            base = entries[first].frame.version
            bytes -= entries[first].bytes
            first += 1
        }
        if first * 2 > entries.count {
            entries.removeFirst(first)
            first = 0
        }
    }

    /// What whoever has this version has to be told, in order; nil where not all of it is known here. Who has a version
    /// within a frame is told the whole frame: it says what became of each place.
    func entries(after version: UInt64) -> ArraySlice<Entry>? {
        guard version >= base, version <= told else { return nil }
        var low = first
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].frame.version <= version { low = middle + 1 } else { high = middle }
        }
        return entries[low...]
    }

    var footprint: Int { bytes }
}
