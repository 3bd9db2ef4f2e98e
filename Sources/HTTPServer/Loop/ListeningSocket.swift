internal import Glibc

/// A bound socket that listens; closed with its owner unless it was given away.
struct ListeningSocket: ~Copyable {
    let descriptor: Int32
    let port: UInt16

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - isShared: whether further sockets will listen on the same port.
    init(_ listener: Listener, port: UInt16, isShared: Bool) throws(ServerError) {
        var six = sockaddr_in6()
        var four = sockaddr_in()
        let family: Int32
        if inet_pton(AF_INET, listener.address, &four.sin_addr) == 1 {
            family = AF_INET
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
        } else if inet_pton(AF_INET6, listener.address, &six.sin6_addr) == 1 {
            family = AF_INET6
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
        } else {
            throw ServerError(.badAddress, listener, reason: "not an address in figures")
        }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw ServerError(errno: errno, in: "socket", listener) }

        func check(_ status: Int32, _ call: String) throws(ServerError) {
            guard status != 0 else { return }
            let code = errno
            close(descriptor)
            throw ServerError(errno: code, in: call, listener)
        }
        var on: Int32 = 1
        var off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        // A restart must not wait for connections of its predecessor that linger in the kernel.
        try check(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size), "setsockopt SO_REUSEADDR")
        if isShared {
            try check(setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size), "setsockopt SO_REUSEPORT")
        }
        if family == AF_INET6 {
            try check(setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size), "setsockopt IPV6_V6ONLY")
        }
        let bound = withUnsafePointer(to: &six) { six in
            withUnsafePointer(to: &four) { four in
                let address = family == AF_INET ? UnsafeRawPointer(four) : UnsafeRawPointer(six)
                let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
                return bind(descriptor, address.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
            }
        }
        try check(bound, "bind")
        try check(listen(descriptor, SOMAXCONN), "listen")
        var actual = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let named = withUnsafeMutablePointer(to: &actual) { actual in
            actual.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        try check(named, "getsockname")
        self.descriptor = descriptor
        // The port stands at the same place in both families.
        self.port = withUnsafeBytes(of: &actual) {
            UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
    }

    deinit { close(descriptor) }

    /// Hands the descriptor over to an owner that closes it.
    consuming func release() -> Int32 {
        let descriptor = self.descriptor
        discard self
        return descriptor
    }
}
