/// The target of a request line, taken apart but not decoded: `/v1/shows/shw_1?limit=5`.
///
/// The bytes live in the connection and are used again for its next request.
struct Target {
    private(set) var bytes: [UInt8] = []
    /// From the first slash of the path up to the query.
    private(set) var path: Range<Int> = 0..<0
    /// What follows the question mark; empty without one.
    private(set) var query: Range<Int> = 0..<0

    enum Form: Equatable {
        case path
        /// `OPTIONS *`: the server as a whole.
        case asterisk
    }

    enum Fault: Error, Equatable {
        case tooLong
        case malformed(String)
    }

    /// Copies the target, of which at most one byte more than `limit` is looked at.
    mutating func take(_ text: UnsafeRawBufferPointer) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: text)
    }

    /// Finds the parts, and refuses what is not a well-formed target.
    mutating func parse(limit: Int) throws(Fault) -> Form {
        path = 0..<0
        query = 0..<0
        guard bytes.count <= limit else { throw .tooLong }
        if bytes.count == 1 && bytes[0] == UInt8(ascii: "*") { return .asterisk }
        var start = 0
        if bytes.first != UInt8(ascii: "/") { start = try authorityEnd() }
        var end = bytes.count
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case 0...0x20, 0x7f, UInt8(ascii: "#"):
                throw .malformed("The URL contains a blank, a control character or a “#”.")
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, let high = PercentCoding.value(of: bytes[index + 1]),
                    let low = PercentCoding.value(of: bytes[index + 2])
                else { throw .malformed("The URL contains a “%” that no two hexadecimal digits follow.") }
                guard high | low != 0 else { throw .malformed("The URL contains an escaped zero byte.") }
                index += 2
            case UInt8(ascii: "?") where end == bytes.count && query.isEmpty:
                end = index
                query = index + 1..<bytes.count
            default: break
            }
            index += 1
        }
        path = start..<end
        return .path
    }

    /// Where the path begins in the absolute form (`http://host/path`), which a proxy may send.
    private func authorityEnd() throws(Fault) -> Int {
        for scheme: StaticString in ["http://", "https://"] {
            let length = scheme.utf8CodeUnitCount
            guard bytes.count > length,
                (0..<length).allSatisfy({ bytes[$0].asciiLowercased == (scheme.utf8Start + $0).pointee }),
                let slash = bytes[length...].firstIndex(of: UInt8(ascii: "/"))
            else { continue }
            return slash
        }
        throw .malformed("The URL does not begin with “/”.")
    }
}
