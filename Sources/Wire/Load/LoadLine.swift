/// How busy somebody is, for whoever estimates how long a command will take: see `WireFormat`. Said several times a
/// second, and each time anew: what is lost is not missed for long, and what is old means nothing.
public enum LoadLine: Hashable, Sendable {
    case owner(OwnerLoad)
    case ingress(IngressLoad)

    /// Numbers of partitions.
    static let partitions = 0...65_535
    /// What only grows.
    static let counters: ClosedRange<Int64> = 0...999_999_999_999_999_999
    /// What is there, or passes, at a time.
    static let amounts = 0...Int(Int32.max)

    /// Appends the line with its newline.
    public func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        switch self {
        case .owner(let owner):
            writer.key("owner")
            writer.owner(owner)
        case .ingress(let ingress):
            writer.key("ingress")
            writer.ingress(ingress)
        }
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
    }
}

/// Reads messages of loads. One for each thread.
public struct LoadDecoder: ~Copyable {
    private var tape = JSONTape()

    public init() {}

    /// Reads line by line, in order.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (Result<LoadLine, Malformed>) throws -> Void
    ) rethrows {
        try tape.lines(of: message, { $0.loadLine() }, each)
    }
}

extension Form {
    fileprivate mutating func loadLine() -> LoadLine? {
        guard var line = object(0) else { return nil }
        version(in: &line)
        let load: LoadLine?
        if let ingress = find("ingress", in: &line) {
            load = self.ingress(ingress).map { .ingress($0) }
        } else {
            load = required("owner", in: &line) { $0.owner($1) }.map { .owner($0) }
        }
        finish(line)
        return problems.isEmpty ? load : nil
    }
}
