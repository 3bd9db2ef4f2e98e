internal import CMicrohttpd
internal import Glibc

/// The address of a client, in figures.
public struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 client on a socket of both families shows as its IPv4 address.
    public let host: String
    public let port: UInt16

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(_ address: UnsafePointer<sockaddr>?) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard let address else {
            host = "unknown"
            port = 0
            return
        }
        let raw = UnsafeRawPointer(address)
        if Int32(address.pointee.sa_family) == AF_INET6 {
            var six = raw.loadUnaligned(as: sockaddr_in6.self)
            inet_ntop(AF_INET6, &six.sin6_addr, &text, socklen_t(text.count))
            port = UInt16(bigEndian: six.sin6_port)
        } else {
            var four = raw.loadUnaligned(as: sockaddr_in.self)
            inet_ntop(AF_INET, &four.sin_addr, &text, socklen_t(text.count))
            port = UInt16(bigEndian: four.sin_port)
        }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        host = name.hasPrefix("::ffff:") && name.contains(".") ? String(name.dropFirst(7)) : name
    }
}
