internal import Glibc
internal import Runtime

/// Reaches a broker's port within a time, with the system's reason when it cannot.
enum Dial {
    static func connect(_ settings: ConnectionSettings, deadline: MonotonicTime) throws(RabbitMQError) -> Int32 {
        let action = "connecting to RabbitMQ at \(settings.address)"
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(settings.host, String(settings.port), &hints, &list)
        guard status == 0 else {
            throw RabbitMQError(.unreachable, action, String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(list) }

        var failure = RabbitMQError(.unreachable, action, "the host has no address")
        var next = list
        while let address = next {
            do {
                return try connect(address.pointee, deadline, action)
            } catch {
                failure = error
            }
            next = address.pointee.ai_next
        }
        throw failure
    }

    private static func connect(
        _ address: addrinfo, _ deadline: MonotonicTime, _ action: String
    ) throws(RabbitMQError) -> Int32 {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else { throw .system(errno, code: .outOfResources, action) }
        do {
            try connect(descriptor, address, deadline, action)
        } catch {
            close(descriptor)
            throw error
        }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, size)
        return descriptor
    }

    private static func connect(
        _ descriptor: Int32, _ address: addrinfo, _ deadline: MonotonicTime, _ action: String
    ) throws(RabbitMQError) {
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return }
        guard errno == EINPROGRESS || errno == EINTR else { throw .system(errno, code: .unreachable, action) }
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let ready = poll(&entry, 1, Poll.milliseconds(until: deadline))
            if ready > 0 { break }
            if ready == 0 && SystemTime().monotonic >= deadline {
                throw RabbitMQError(.timeout, action, "no answer within the connect timeout")
            }
            if ready < 0 && errno != EINTR { throw .system(errno, code: .unreachable, action) }
        }
        var result: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &size)
        guard result == 0 else { throw .system(result, code: .unreachable, action) }
    }
}

enum Poll {
    /// For `poll`: rounded up, so that it does not come back just before the deadline.
    static func milliseconds(until deadline: MonotonicTime) -> Int32 {
        let microseconds = (deadline - SystemTime().monotonic).microseconds
        return Int32(clamping: max(0, (microseconds + 999) / 1000))
    }
}
