internal import CLinux
internal import Glibc
internal import Runtime
internal import Synchronization

/// Thousands of clients of server-sent events, read by one thread.
final class StreamCrowd: Sendable {
    /// What one stream has brought.
    struct Reading: Sendable {
        var show: Int
        var lastId = 0
        var events = 0
        /// Of all data, so that streams of a show can be compared.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        /// Data of the streams that are looked at closely.
        var data: [[UInt8]] = []
        var resets = 0
        var hasEnded = false
    }

    private let readings: Lock<[Reading]>
    private let isStopped = Atomic<Bool>(false)
    private let thread = Lock<OwnedThread?>(nil)

    /// - Parameters:
    ///   - shows: one for each stream; of those with the same name the first is looked at closely.
    ///   - lastId: what all of them know already.
    init(port: Int, key: String, shows: [String], lastId: Int? = nil) throws {
        var names: [String: Int] = [:]
        var readings: [Reading] = []
        var clients: [Client] = []
        let poll = epoll_create1(0)
        for (index, show) in shows.enumerated() {
            let isFirst = names[show] == nil
            let number = names[show] ?? names.count
            names[show] = number
            readings.append(Reading(show: number))
            let descriptor = try Self.connect(port)
            let request = """
                GET /v1/shows/\(show)/changes HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer \(key)\r\n\
                Accept: text/event-stream\r\n\(lastId.map { "Last-Event-ID: \($0)\r\n" } ?? "")\r\n
                """
            let bytes = Array(request.utf8)
            let sent = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard sent == bytes.count else { throw Failure(code: errno) }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.u32 = UInt32(index)
            epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
            clients.append(Client(descriptor: descriptor, isLookedAt: isFirst))
        }
        self.readings = Lock(readings)
        let crowd = clients
        let thread = try OwnedThread(name: "crowd") { self.run(poll, crowd) }
        self.thread.withLock { $0 = thread }
    }

    struct Failure: Error {
        let code: Int32
    }

    private static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(code: errno) }
        return descriptor
    }

    var all: [Reading] { readings.withLock { $0 } }
    var lastIds: [Int] { readings.withLock { $0.map(\.lastId) } }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        thread.withLock { $0.take() }?.join()
    }

    private func run(_ poll: Int32, _ clients: [Client]) {
        var clients = clients
        var events = [epoll_event](repeating: epoll_event(), count: 512)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while !isStopped.load(ordering: .relaxed) {
            let count = epoll_wait(poll, &events, Int32(events.count), 100)
            guard count > 0 else { continue }
            for event in events.prefix(Int(count)) {
                let index = Int(event.data.u32)
                let length = recv(clients[index].descriptor, &buffer, buffer.count, 0)
                if length > 0 {
                    readings.withLock { readings in
                        clients[index].take(buffer[..<length], &readings[index])
                    }
                } else if length == 0 || errno != EAGAIN {
                    readings.withLock { $0[index].hasEnded = true }
                    var none = epoll_event()
                    epoll_ctl(poll, EPOLL_CTL_DEL, clients[index].descriptor, &none)
                }
            }
        }
        for client in clients { close(client.descriptor) }
        close(poll)
    }

    /// The bytes of one connection: a header, and chunks, whose content is lines.
    private struct Client: Sendable {
        private enum Phase {
            case header, size, content(Int), end(Int)
        }

        let descriptor: Int32
        let isLookedAt: Bool
        private var phase = Phase.header
        private var line: [UInt8] = []
        private var size = 0

        init(descriptor: Int32, isLookedAt: Bool) {
            self.descriptor = descriptor
            self.isLookedAt = isLookedAt
        }

        mutating func take(_ bytes: ArraySlice<UInt8>, _ reading: inout Reading) {
            for byte in bytes {
                switch phase {
                case .header:
                    line.append(byte)
                    if line.suffix(4) == [13, 10, 13, 10] {
                        line = []
                        phase = .size
                    }
                case .size:
                    switch byte {
                    case 13: break
                    case 10:
                        phase = .content(size)
                        size = 0
                    default: size = size * 16 + Int(Self.digit(byte))
                    }
                case .content(let left):
                    if byte == 10 {
                        finish(&reading)
                    } else {
                        line.append(byte)
                    }
                    phase = left > 1 ? .content(left - 1) : .end(2)
                case .end(let left): phase = left > 1 ? .end(left - 1) : .size
                }
            }
        }

        private static func digit(_ byte: UInt8) -> UInt8 {
            byte < 0x3A ? byte - 0x30 : (byte | 0x20) - 0x61 + 10
        }

        private mutating func finish(_ reading: inout Reading) {
            defer { line.removeAll(keepingCapacity: true) }
            if line.starts(with: "data: ".utf8) {
                for byte in line { reading.hash = (reading.hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                reading.events += 1
                if isLookedAt { reading.data.append(Array(line.dropFirst(6))) }
            } else if line.starts(with: "id: ".utf8) {
                reading.lastId = Int(String(decoding: line.dropFirst(4), as: UTF8.self)) ?? -1
            } else if line.starts(with: "event: reset".utf8) {
                reading.resets += 1
            }
        }
    }
}
