internal import Glibc

/// Writes whole lines to a descriptor without ever waiting long.
final class LogDescriptor: @unchecked Sendable {  // because: it is used under its sink's lock only
    private enum Way {
        /// A file, or a device that never makes one wait.
        case plain
        /// A pipe or a terminal, opened again without blocking.
        case nonBlocking
        /// One that could not be opened again.
        case polled
        case socket
    }

    private let descriptor: Int32
    private let owned: Bool
    private let way: Way
    /// The last line was refused after waiting: the next ones do not wait.
    private var stalled = false
    /// Part of a line is out: the next one starts on a line of its own.
    private var broken = false
    private var unreported = 0

    init(_ descriptor: Int32) {
        var status = stat()
        fstat(descriptor, &status)
        switch status.st_mode & S_IFMT {
        case S_IFIFO, S_IFCHR:
            let again = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
            (self.descriptor, owned) = again >= 0 ? (again, true) : (descriptor, false)
            way = again >= 0 ? .nonBlocking : .polled
        case S_IFSOCK:
            (self.descriptor, owned, way) = (descriptor, false, .socket)
        default:
            (self.descriptor, owned, way) = (descriptor, false, .plain)
        }
    }

    deinit {
        if owned { close(descriptor) }
    }

    /// - Returns: whether the line is out, and if so, how many before it were lost without having been reported.
    func write(_ line: UnsafeRawBufferPointer) -> (written: Bool, missed: Int?) {
        guard (!broken || put("\n")) && put(line) else {
            stalled = true
            unreported += 1
            return (false, nil)
        }
        stalled = false
        defer { unreported = 0 }
        return (true, unreported > 0 ? unreported : nil)
    }

    private func put(_ text: StaticString) -> Bool {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        // Where others write as well, the room can be gone again each time.
        var waits = 4
        while done < bytes.count {
            if way == .polled, !waitForRoom(stalled ? 0 : Self.patience) { break }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count =
                way == .socket
                ? send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                : Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                done += count
            } else if errno == EAGAIN && !stalled && waits > 0 && waitForRoom(Self.patience) {
                waits -= 1
            } else if errno != EINTR {
                break
            }
        }
        if done > 0 { broken = done < bytes.count }
        return done == bytes.count
    }

    private static let patience = Int32(LogSink.patience.microseconds / 1_000)

    private func waitForRoom(_ milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, milliseconds) == 1 && request.revents & Int16(POLLOUT) != 0
    }
}
