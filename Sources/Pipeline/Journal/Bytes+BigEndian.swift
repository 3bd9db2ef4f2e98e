internal import Sealing
internal import Ticketing

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append<Kind>(_ id: Id<Kind>) {
        append(bigEndian: id.high)
        append(bigEndian: id.low)
    }

    mutating func append(_ salt: Salt) {
        append(bigEndian: salt.high)
        append(bigEndian: salt.low)
    }

    mutating func append(_ digest: Digest) { digest.withUnsafeBytes { append(contentsOf: $0) } }
}
