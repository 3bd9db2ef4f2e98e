/// What takes a state's bytes, such as a hash function.
public protocol DigestSink {
    mutating func write(_ bytes: UnsafeRawBufferPointer)
}

extension EventState {
    /// The state as bytes: equal states, in whatever way they came about, give equal bytes. The hash is the caller's.
    public func digestInput(into sink: inout some DigestSink) {
        var bytes = CanonicalBytes()
        rows { row in
            bytes.put(row)
            bytes.flush(over: 32_768, into: &sink)
        }
        bytes.flush(over: 0, into: &sink)
    }
}

/// Rows as bytes: numbers in eight, little end first; texts behind their lengths; what may be missing behind a flag.
struct CanonicalBytes {
    private(set) var bytes: [UInt8] = []

    mutating func flush(over limit: Int, into sink: inout some DigestSink) {
        guard bytes.count > limit else { return }
        bytes.withUnsafeBytes { sink.write($0) }
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func put(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
    mutating func put(_ number: Int64) { put(UInt64(bitPattern: number)) }
    mutating func put(_ flag: Bool) { put(flag ? 1 : 0 as UInt64) }
    mutating func put(_ time: Time) { put(time.microseconds) }
    mutating func put(_ value: some RawRepresentable<UInt8>) { put(UInt64(value.rawValue)) }

    mutating func put(_ label: Label) {
        put(label.text.utf8.count)
        bytes.append(contentsOf: label.text.utf8)
    }

    mutating func put<Kind>(_ id: Id<Kind>) {
        put(id.high)
        put(id.low)
    }

    mutating func put<Kind>(_ id: MintedId<Kind>) {
        put(id.command)
        put(UInt64(id.index))
    }

    mutating func put(_ money: Money) {
        put(money.amount)
        put(money.currency.number)
    }

    mutating func put<Value>(_ value: Value?, _ body: (inout CanonicalBytes, Value) -> Void) {
        put(value != nil)
        if let value { body(&self, value) }
    }

    mutating func put<Value>(_ values: some Collection<Value>, _ body: (inout CanonicalBytes, Value) -> Void) {
        put(values.count)
        for value in values { body(&self, value) }
    }
}
