/// What waits to be sent on one stream, as a state machine without I/O.
struct StreamBuffer {
    enum Append: Equatable {
        case queued
        /// The stream sleeps and must be woken.
        case wake
        /// It does not fit; nothing was queued.
        case full
        case closed
    }

    enum Fill: Equatable {
        case bytes(Int)
        /// Nothing to send: the stream sleeps until it is woken.
        case sleep
        case end
        case abort
    }

    private var frames: [SharedBytes] = []
    /// The first frame that is not sent completely, and how much of it is.
    private var head = 0
    private var offset = 0
    private(set) var waiting = 0
    private let limit: Int
    private var isAsleep = false
    private var isEnding = false
    private(set) var isClosed = false

    init(limit: Int) { self.limit = limit }

    /// A frame larger than the limit is taken by an empty buffer: else it could never be sent.
    mutating func append(_ frame: SharedBytes) -> Append {
        if isClosed || isEnding { return .closed }
        if waiting > 0 && waiting + frame.count > limit { return .full }
        frames.append(frame)
        waiting += frame.count
        return wake() ? .wake : .queued
    }

    /// Takes out as many bytes as fit.
    mutating func fill(_ output: UnsafeMutableRawBufferPointer) -> Fill {
        if isClosed { return .abort }
        if waiting == 0 {
            if isEnding { return .end }
            isAsleep = true
            return .sleep
        }
        var filled = 0
        while filled < output.count, head < frames.count {
            let frame = frames[head]
            let count = min(frame.count - offset, output.count - filled)
            let rest = UnsafeMutableRawBufferPointer(rebasing: output[filled..<filled + count])
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: frame.bytes[offset..<offset + count]))
            filled += count
            offset += count
            if offset == frame.count {
                head += 1
                offset = 0
            }
        }
        waiting -= filled
        if head == frames.count {
            frames.removeAll(keepingCapacity: head <= 64)
            head = 0
        } else if head >= 64 {
            frames.removeFirst(head)
            head = 0
        }
        return .bytes(filled)
    }

    /// No more is appended; what waits is still sent.
    ///
    /// - Returns: whether the stream must be woken.
    mutating func end() -> Bool {
        isEnding = true
        return wake()
    }

    /// What waits is thrown away.
    ///
    /// - Returns: whether the stream must be woken.
    mutating func close() -> Bool {
        isClosed = true
        frames = []
        head = 0
        offset = 0
        waiting = 0
        return wake()
    }

    private mutating func wake() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }
}
