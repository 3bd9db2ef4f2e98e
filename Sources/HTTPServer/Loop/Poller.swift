internal import CLinux
internal import Glibc

/// An epoll set: what a loop sleeps on.
struct Poller: ~Copyable {
    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// - Returns: nil, with `errno` set, when the system has no descriptor to give.
    init?() {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        events = .allocate(capacity: 64)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// - Returns: false, with `errno` set, when the system refuses.
    @discardableResult
    func add(_ watched: Int32, _ mask: UInt32) -> Bool {
        var event = epoll_event()
        event.events = mask
        event.data.fd = watched
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }

    func remove(_ watched: Int32) {
        var event = epoll_event()
        epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, &event)
    }

    /// Waits for at most `milliseconds` and hands each descriptor that has something to tell to `body`.
    func wait(_ milliseconds: Int32, _ body: (Int32) -> Void) {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
        guard count > 0 else { return }
        for event in events[..<Int(count)] { body(event.data.fd) }
    }
}
