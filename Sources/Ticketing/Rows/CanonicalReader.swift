/// Reads what `CanonicalBytes` wrote. It believes nothing: bytes that cannot be are an error, never a trap.
struct CanonicalReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    private var broken: LoadError { LoadError(.impossible, in: "snapshot") }

    mutating func number() throws(LoadError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw broken }
            // The tenth byte has one bit of the number.
            guard shift < 63 || byte < 2 else { throw broken }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw broken
    }

    mutating func integer() throws(LoadError) -> Int { Int(Int64(bitPattern: try number())) }

    mutating func small<Number: FixedWidthInteger>() throws(LoadError) -> Number {
        guard let number = Number(exactly: try integer()) else { throw broken }
        return number
    }

    mutating func flag() throws(LoadError) -> Bool {
        switch try number() {
        case 0: false
        case 1: true
        default: throw broken
        }
    }

    mutating func time() throws(LoadError) -> Time { Time(microseconds: Int64(bitPattern: try number())) }
    mutating func seconds() throws(LoadError) -> Seconds { Seconds(Int64(bitPattern: try number())) }

    mutating func word<Word: RawRepresentable<UInt8>>() throws(LoadError) -> Word {
        guard let word = Word(rawValue: try small()) else { throw broken }
        return word
    }

    mutating func label() throws(LoadError) -> Label {
        let count = try integer()
        guard count >= 0, count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self) else {
            throw broken
        }
        rest = rest.dropFirst(count)
        return Label(text)
    }

    mutating func id<Kind>() throws(LoadError) -> Id<Kind> {
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<16 {
            guard let byte = rest.popFirst() else { throw broken }
            if index < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
        }
        return Id(high: halves.0, low: halves.1)
    }

    mutating func minted<Kind>() throws(LoadError) -> MintedId<Kind> {
        MintedId(command: try id(), index: try small())
    }

    mutating func currency() throws(LoadError) -> Currency {
        let number = try number()
        let letters = [16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
        guard number < 1 << 24, let currency = Currency(String(decoding: letters, as: UTF8.self)) else { throw broken }
        return currency
    }

    mutating func money() throws(LoadError) -> Money {
        Money(Int64(try integer()), try currency())
    }

    mutating func optional<Value>(
        _ read: (inout CanonicalReader) throws(LoadError) -> Value
    ) throws(LoadError) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func list<Value>(
        _ read: (inout CanonicalReader) throws(LoadError) -> Value
    ) throws(LoadError) -> [Value] {
        let count = try integer()
        // Each element has a byte at least.
        guard count >= 0, count <= rest.count else { throw broken }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    mutating func places() throws(LoadError) -> PlaceList {
        let places = try list { (reader) throws(LoadError) in try reader.small() as UInt32 }
        guard zip(places, places.dropFirst()).allSatisfy({ $0 < $1 }) else { throw broken }
        return PlaceList(places)
    }
}
