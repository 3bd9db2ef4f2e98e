internal import CLinux
internal import Glibc

/// An epoll set with an eventfd in it: what a loop sleeps on.
struct Poller: ~Copyable {
    private let descriptor: Int32
    private let wakeDescriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// What an event is about: a descriptor, or the wake-up.
    enum Source: Equatable {
        case wake
        case descriptor(Int32)
    }

    /// - Returns: nil, with `errno` set, when the system has no descriptor to give.
    init?() {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.wakeDescriptor = wakeDescriptor
        events = .allocate(capacity: 64)
        add(wakeDescriptor, EPOLLIN.rawValue)
    }

    deinit {
        close(wakeDescriptor)
        close(descriptor)
        events.deallocate()
    }

    /// The descriptor that other threads write to; see `Mailbox`.
    var waker: Int32 { wakeDescriptor }

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

    /// Waits for at most `milliseconds` (-1: without end) and hands each event to `body`.
    func wait(_ milliseconds: Int32, _ body: (Source, UInt32) -> Void) {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
        guard count > 0 else { return }
        for event in events[..<Int(count)] {
            if event.data.fd == wakeDescriptor {
                var value: UInt64 = 0
                _ = read(wakeDescriptor, &value, 8)
                body(.wake, event.events)
            } else {
                body(.descriptor(event.data.fd), event.events)
            }
        }
    }
}
