internal import Foundation
internal import Tenancy
internal import Ticketing

extension SubDomain {
    /// Letters of the name that it keeps.
    private static let most = 40
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// What a client of that name gets: what DNS can say of the name, and eight digits that only this id has, so that
    /// two of one name do not meet and the same request always means the same.
    init(naming name: String, _ id: CommandId) {
        var bytes: [UInt8] = []
        // Letters without their marks.
        for byte in name.decomposedStringWithCanonicalMapping.lowercased().utf8 where bytes.count < Self.most {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): bytes.append(byte)
            case 0x80...: break
            default: if let last = bytes.last, last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
            }
        }
        if bytes.isEmpty { bytes = Array("desk".utf8) }
        if bytes.last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
        // The low half is the random one, but for the two highest bits.
        for place in 0..<8 { bytes.append(Self.digits[Int(id.low >> UInt64(5 * place) & 31)]) }
        self.init(made: String(decoding: bytes, as: UTF8.self))
    }

    private init(made text: String) {
        guard let label = SubDomain(text) else { preconditionFailure("“\(text)” is no label") }
        self = label
    }
}
