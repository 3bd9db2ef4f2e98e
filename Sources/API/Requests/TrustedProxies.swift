internal import Glibc

/// Gateways, whose word is taken for where a request comes from and for the host that it was sent to. Anybody else can
/// write such headers, and is known by the address of the connection alone.
public struct TrustedProxies: Sendable {
    private let addresses: Set<ClientAddress>

    /// - Parameter list: addresses in figures, with commas between them; what is none is passed over.
    public init(_ list: String) {
        addresses = Set(list.split(separator: ",").compactMap { ClientAddress($0) })
    }

    /// Whether this is how addresses are listed.
    public static func isList(_ list: String) -> Bool {
        list.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { ClientAddress($0) != nil }
    }

    func trusts(_ peer: String) -> Bool { ClientAddress(peer[...]).map(addresses.contains) ?? false }

    /// Who is to be counted for a request.
    ///
    /// - Parameters:
    ///   - peer: who opened the connection.
    ///   - forwarded: the last `X-Forwarded-For`. Each who passes a request on adds whom it has it from, so that only
    ///     the last name was written by our gateway.
    func origin(peer: String, forwarded: String?) -> String {
        guard trusts(peer), let last = forwarded?.split(separator: ",").last, let address = ClientAddress(last) else {
            return ClientAddress(peer[...])?.unit ?? peer
        }
        return address.unit
    }
}

/// An address of IPv4 or IPv6.
struct ClientAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Nil for what is no address in figures; blanks around it are passed over.
    init?(_ text: Substring) {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        guard (2...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, String(text), &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(text), &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        // IPv4 as a socket of both families shows it.
        let isFour = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        self.bytes = isFour ? Array(bytes.suffix(4)) : bytes
    }

    /// What is counted as one: an address of IPv4; of IPv6 the network, since whoever has one has all of its addresses.
    var unit: String {
        guard bytes.count == 16 else { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 8, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}
