/// Values as bytes: numbers in groups of seven bits, the lowest first, each but the last with its top bit set; ids in
/// sixteen bytes; texts and lists behind their lengths; what may be missing, and which case it is, behind a number.
/// Different values have different bytes.
struct CanonicalBytes {
    private(set) var bytes: [UInt8]

    init(appendingTo bytes: consuming [UInt8] = []) { self.bytes = bytes }

    mutating func flush(over limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard bytes.count > limit else { return }
        bytes.withUnsafeBytes { body($0) }
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
    mutating func put(_ time: DeskTime) { put(UInt64(bitPattern: time.microseconds)) }
    mutating func put(_ value: some RawRepresentable<UInt8>) { put(UInt64(value.rawValue)) }

    mutating func put(_ name: DeskName) {
        put(name.text.utf8.count)
        bytes.append(contentsOf: name.text.utf8)
    }

    mutating func put<Kind>(_ id: DeskId<Kind>) {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bytes.append(contentsOf: $0) }
    }

    mutating func put<Kind>(_ id: DeskMintedId<Kind>) {
        put(id.command)
        put(UInt64(id.index))
    }

    mutating func put<Value>(_ value: Value?, _ body: (inout CanonicalBytes, Value) -> Void) {
        put(value == nil ? 0 : 1 as UInt64)
        if let value { body(&self, value) }
    }

    mutating func put<Value>(_ values: some Collection<Value>, _ body: (inout CanonicalBytes, Value) -> Void) {
        put(values.count)
        for value in values { body(&self, value) }
    }
}
