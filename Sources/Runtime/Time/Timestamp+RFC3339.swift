extension Timestamp {
    /// How many bytes `writeRFC3339` writes.
    public static let rfc3339Length = 27

    /// The first and the last moment that RFC 3339, with its four digits for the year, can name.
    public static let firstNameable = Timestamp(microseconds: -62_167_219_200_000_000)
    public static let lastNameable = Timestamp(microseconds: 253_402_300_799_999_999)

    /// As `2026-11-20T09:05:00.000250Z`: UTC, with microseconds, always of the same length, so that texts sort as times
    /// do. A time outside the years 0 to 9999 becomes the nearest within.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: Self.rfc3339Length) { buffer in
            writeRFC3339(to: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Writes the 27 bytes of `rfc3339` to the front of `buffer`, which must have room for them.
    @discardableResult
    public func writeRFC3339(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        precondition(buffer.count >= Self.rfc3339Length, "the buffer is too small for a time")
        let time = min(max(self, .firstNameable), .lastNameable).microseconds
        let perDay: Int64 = 86_400_000_000
        let days = time >= 0 ? time / perDay : (time - perDay + 1) / perDay
        var rest = Int(time - days * perDay)
        let date = CivilDate(daysSince1970: Int(days))

        /// Writes `value` with leading zeros; the last digit lands at `end`.
        func put(_ value: Int, digits: Int, endingAt end: Int) {
            var value = value
            for offset in 0..<digits {
                buffer[end - offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
                value /= 10
            }
        }
        put(date.year, digits: 4, endingAt: 3)
        put(date.month, digits: 2, endingAt: 6)
        put(date.day, digits: 2, endingAt: 9)
        put(rest % 1_000_000, digits: 6, endingAt: 25)
        rest /= 1_000_000
        put(rest % 60, digits: 2, endingAt: 18)
        rest /= 60
        put(rest % 60, digits: 2, endingAt: 15)
        put(rest / 60, digits: 2, endingAt: 12)
        buffer[4] = UInt8(ascii: "-")
        buffer[7] = UInt8(ascii: "-")
        buffer[10] = UInt8(ascii: "T")
        buffer[13] = UInt8(ascii: ":")
        buffer[16] = UInt8(ascii: ":")
        buffer[19] = UInt8(ascii: ".")
        buffer[26] = UInt8(ascii: "Z")
        return Self.rfc3339Length
    }

    /// Reads a time such as `2026-11-20T09:05:00Z` or `2026-11-20T10:05:00.25+01:00`.
    ///
    /// Strict: capital `T` and `Z`, an offset is required, the day must exist, no leap second (POSIX time has none),
    /// one to nine digits of a fraction. What is finer than a microsecond is cut off.
    public init?(rfc3339 text: some StringProtocol) {
        var text = String(text)
        guard let time = text.withUTF8({ Self.parse(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = time
    }

    /// The same, from bytes.
    public init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        guard let time = Self.parse(bytes) else { return nil }
        self = time
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        // The longest: 2026-11-20T10:05:00.123456789+01:00.
        guard (20...35).contains(bytes.count) else { return nil }

        func digits(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for index in range {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == UInt8(ascii: character)
        }

        guard let year = digits(0..<4), has("-", at: 4), let month = digits(5..<7), has("-", at: 7),
            let day = digits(8..<10), has("T", at: 10), let hour = digits(11..<13), has(":", at: 13),
            let minute = digits(14..<16), has(":", at: 16), let second = digits(17..<19),
            let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60, second < 60
        else { return nil }

        var position = 19
        var microseconds = 0
        if has(".", at: position) {
            let start = position + 1
            position = start
            while position < bytes.count, digits(position..<position + 1) != nil { position += 1 }
            guard (1...9).contains(position - start) else { return nil }
            let kept = min(position, start + 6)
            guard var fraction = digits(start..<kept) else { return nil }
            for _ in kept - start..<6 { fraction *= 10 }
            microseconds = fraction
        }

        var offsetMinutes = 0
        if has("Z", at: position) {
            position += 1
        } else {
            guard has("+", at: position) || has("-", at: position),
                let hours = digits(position + 1..<position + 3), has(":", at: position + 3),
                let minutes = digits(position + 4..<position + 6), hours < 24, minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (has("-", at: position) ? -1 : 1)
            position += 6
        }
        guard position == bytes.count else { return nil }

        let seconds = ((date.daysSince1970 * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second
        let time = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(microseconds))
        // An offset can push the last or the first hours out of what can be named.
        return (firstNameable...lastNameable).contains(time) ? time : nil
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String { rfc3339 }
}
