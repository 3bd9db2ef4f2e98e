extension TraceContext {
    /// What headers carry; `nil` when there is no good `traceparent`: then the trace begins here.
    ///
    /// - Parameters:
    ///   - traceparent: the header; when it came several times, it is not good, and the caller passes none.
    ///   - tracestate: the header; several are joined by commas. A bad one is left out, and the trace goes on.
    public init?(traceparent: String, tracestate: String = "") {
        var text = traceparent
        let parsed = text.withUTF8 { Self.parse(UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self.init(
            traceID: parsed.traceID, spanID: parsed.spanID, isSampled: parsed.flags & 1 != 0,
            hasRandomID: parsed.flags & 2 != 0, tracestate: Self.isGood(tracestate: tracestate) ? tracestate : "")
    }

    /// `version "-" trace-id "-" parent-id "-" flags`. Version 00 is exactly that; of a later one the same front is
    /// read, and more may follow after a dash. Version ff does not exist.
    private static func parse(_ bytes: UnsafeRawBufferPointer) -> (traceID: TraceID, spanID: SpanID, flags: UInt64)? {
        func hex(_ range: Range<Int>) -> UInt64? { Hex.value(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = hex(0..<2), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == dash,
            let high = hex(3..<19), let low = hex(19..<35), let span = hex(36..<52), let flags = hex(53..<55),
            let traceID = TraceID(high: high, low: low), let spanID = SpanID(bits: span)
        else { return nil }
        return (traceID, spanID, flags)
    }

    /// At most 32 members `key=value`, at most 512 bytes in all, no key twice.
    static func isGood(tracestate: String) -> Bool {
        guard tracestate.utf8.count <= 512 else { return false }
        var keys: Set<Substring> = []
        var members = 0
        for member in tracestate.split(separator: ",") {
            var member = member.drop { $0 == " " || $0 == "\t" }
            while member.last == " " || member.last == "\t" { member.removeLast() }
            // Members may be empty.
            if member.isEmpty { continue }
            members += 1
            guard members <= 32, let equals = member.firstIndex(of: "=") else { return false }
            let (key, value) = (member[..<equals], member[equals...].dropFirst())
            guard isKey(key.utf8), isValue(value.utf8), keys.insert(key).inserted else { return false }
        }
        return true
    }

    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard let first = key.first, key.count <= 256 else { return false }
        let begins = (0x61...0x7A).contains(first) || (0x30...0x39).contains(first)
        return begins
            && key.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39: true
                default: "_-*/@".utf8.contains(byte)
                }
            }
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count)
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
    }
}
