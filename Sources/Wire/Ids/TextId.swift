public import Ticketing

/// An id with a text form: a prefix of four characters and digits of fixed width. One id, one text: whatever else
/// stands for it is malformed, which for a caller is the same as an id of nothing.
public protocol TextId: Hashable, Sendable {
    /// With its underscore: `rsv_`.
    static var prefix: StaticString { get }
    /// How many digits follow.
    static var digits: Int { get }
    /// `digits` bytes that follow the prefix.
    init?(digits bytes: Slice<UnsafeRawBufferPointer>)
    func appendDigits(to bytes: inout [UInt8])
}

extension TextId {
    public static var textLength: Int { prefix.utf8CodeUnitCount + digits }

    /// nil for anything but the canonical text.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        let prefix = Self.prefix
        guard bytes.count == Self.textLength else { return nil }
        for index in 0..<prefix.utf8CodeUnitCount where bytes[index] != prefix.utf8Start[index] { return nil }
        self.init(digits: bytes[prefix.utf8CodeUnitCount...])
    }

    public init?(text: some StringProtocol) {
        var text = String(text)
        guard let id = text.withUTF8({ Self(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = id
    }

    public func append(to bytes: inout [UInt8]) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: Self.prefix.utf8Start, count: Self.prefix.utf8CodeUnitCount))
        appendDigits(to: &bytes)
    }

    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textLength)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Id {
    static var digitCount: Int { 2 * Base62.wide }

    init?(base62 bytes: Slice<UnsafeRawBufferPointer>) {
        guard let high = Base62.value(bytes.prefix(Base62.wide)), let low = Base62.value(bytes.dropFirst(Base62.wide))
        else { return nil }
        self.init(high: high, low: low)
    }

    func appendBase62(to bytes: inout [UInt8]) { Base62.append(high, low, to: &bytes) }
}

extension Id: TextId where Kind: NamedKind {
    public static var prefix: StaticString { Kind.prefix }
    public static var digits: Int { digitCount }

    public init?(digits bytes: Slice<UnsafeRawBufferPointer>) { self.init(base62: bytes) }
    public func appendDigits(to bytes: inout [UInt8]) { appendBase62(to: &bytes) }
}

/// A kind of thing whose ids callers see.
public protocol NamedKind: Sendable {
    static var prefix: StaticString { get }
}

extension Kinds.Tenant: NamedKind { public static var prefix: StaticString { "tnt_" } }
extension Kinds.Event: NamedKind { public static var prefix: StaticString { "evt_" } }
extension Kinds.Reservation: NamedKind { public static var prefix: StaticString { "rsv_" } }
extension Kinds.Booking: NamedKind { public static var prefix: StaticString { "bkg_" } }
extension Kinds.Ticket: NamedKind { public static var prefix: StaticString { "tkt_" } }
extension Kinds.Payment: NamedKind { public static var prefix: StaticString { "pay_" } }
extension Kinds.Refund: NamedKind { public static var prefix: StaticString { "rfd_" } }
extension Kinds.Entry: NamedKind { public static var prefix: StaticString { "wtl_" } }
