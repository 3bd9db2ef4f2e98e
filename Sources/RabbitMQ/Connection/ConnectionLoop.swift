internal import CRabbitMQ
internal import Glibc
internal import Runtime

/// The thread of one connection: the only one that touches its socket and librabbitmq's state.
///
/// It never waits for anything but “the socket or another thread has something”, so heartbeats, deliveries and confirms
/// go on whatever a caller waits for and however slowly the broker reads.
final class ConnectionLoop: @unchecked Sendable {
    // because: the mutable properties without a lock belong to the thread that runs `run`, which `thread` proves
    let settings: ConnectionSettings
    let outbox: Outbox
    private let wakeUp: WakeUp
    private let thread = Lock<OwnedThread?>(nil)
    /// Open once the login has succeeded or failed.
    private let opened = Latch()
    private let negotiated = Lock<Result<Int, RabbitMQError>?>(nil)
    private let isAborted = Lock(false)

    // The connection's thread only, from here on.
    /// Nil after the last event, so that whoever is captured here and holds the connection can go.
    private var onEvent: (@Sendable (ConnectionEvent) -> Void)?
    var channels: [UInt16: ChannelCore] = [:]
    /// The channels whose role has something to flush.
    var touched: [ChannelCore] = []
    /// The channels whose role has deadlines.
    var timed: [ChannelCore] = []
    private var collectors: [ObjectIdentifier: DeliveryCollector] = [:]
    private var output = ByteBuffer()
    private var outputOffset = 0
    private var closeDeadline: MonotonicTime?
    /// Whether the broker has said `connection.close`.
    var owesCloseOK = false
    private let time = SystemTime()

    init(
        settings: ConnectionSettings, onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws(RabbitMQError) {
        try settings.validate()
        self.settings = settings
        self.onEvent = onEvent
        wakeUp = try WakeUp()
        outbox = Outbox(wakeUp: wakeUp, publishLimit: settings.sendBufferBytes)
    }

    // MARK: from any thread

    /// Starts the thread and waits until the connection is open.
    func start() throws(RabbitMQError) {
        let action = "connecting to RabbitMQ at \(settings.address)"
        do {
            // Under the lock, so that the thread finds itself in `thread` when it looks.
            try thread.withLock { thread throws(ThreadError) in
                thread = try OwnedThread(name: "amqp \(settings.name)") { self.run() }
            }
        } catch {
            throw RabbitMQError(.outOfResources, action, error.description)
        }
        // The thread keeps to the time itself, but cannot while the system resolves a name.
        guard opened.wait(for: settings.connectTimeout + .milliseconds(100)) else {
            isAborted.withLock { $0 = true }
            throw RabbitMQError(.timeout, action, "no connection within \(settings.connectTimeout)")
        }
        if case .failure(let error) = negotiated.withLock({ $0 }) {
            join()
            throw error
        }
    }

    /// The largest frame that both sides agreed on.
    var frameMax: Int {
        if case .success(let size) = negotiated.withLock({ $0 }) { size } else { settings.frameMax }
    }

    func join() {
        thread.withLock { $0 }?.join()
    }

    var isCurrent: Bool { thread.withLock { $0 }?.isCurrent ?? false }

    private func preconditionCurrent() {
        precondition(isCurrent, "must run on the connection's thread")
    }

    /// A wait on the connection's own thread would wait for itself.
    func preconditionNotCurrent() {
        precondition(!isCurrent, "a blocking call on the connection's own thread: make it from another")
    }

    // MARK: the thread

    private func run() {
        preconditionCurrent()
        let error: RabbitMQError
        do throws(RabbitMQError) {
            let deadline = time.monotonic + settings.connectTimeout
            let socket = try Dial.connect(settings, deadline: deadline)
            var library = try LibraryConnection(socket: socket, settings: settings, deadline: deadline)
            outbox.begin(channelLimit: library.channelMax)
            finishOpening(.success(library.frameMax))
            error = serve(&library)
        } catch let failure {
            end(failure)
            wakeUp.close()
            onEvent = nil
            finishOpening(.failure(failure))
            return
        }
        // The socket is closed by now: who hears of the end can rely on that.
        end(error)
        wakeUp.close()
        // Nobody got this connection: there is nobody to tell.
        if !isAborted.withLock({ $0 }) { onEvent?(.closed(error)) }
        onEvent = nil
    }

    private func finishOpening(_ result: Result<Int, RabbitMQError>) {
        negotiated.withLock { $0 = result }
        opened.open()
    }

    /// Works until the connection ends, and says why it did.
    private func serve(_ library: inout LibraryConnection) -> RabbitMQError {
        var heartbeats = HeartbeatMonitor(interval: library.heartbeat, now: time.monotonic)
        let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { input.deallocate() }
        do throws(RabbitMQError) {
            // The name took too long to resolve: whoever wanted the connection has gone.
            if isAborted.withLock({ $0 }) { throw Self.closedByOwner }
            try library.drainLogin { channel, frame throws(RabbitMQError) in try handle(frame, on: channel) }
            while true {
                let work = outbox.take(into: &output)
                for item in work { try perform(item) }
                flushTouched()
                if !output.isEmpty { try write(to: &library, &heartbeats, input) }
                guard work.isEmpty else { continue }

                let readable = try wait(on: library.socket, heartbeats)
                outbox.awake()
                if readable { try read(from: &library, &heartbeats, input) }
                try keepTime(&heartbeats)
                flushTouched()
            }
        } catch {
            sendCloseOK(to: library.socket)
            return error
        }
    }

    /// Waits until the socket, another thread or a deadline wants something.
    ///
    /// - Returns: whether the socket can be read.
    private func wait(on socket: Int32, _ heartbeats: HeartbeatMonitor) throws(RabbitMQError) -> Bool {
        var deadline = heartbeats.deadline
        if let closeDeadline { deadline = min(deadline, closeDeadline) }
        for core in timed {
            if let own = core.role?.deadline { deadline = min(deadline, own) }
        }
        let events = Int16(POLLIN) | (output.isEmpty ? 0 : Int16(POLLOUT))
        var entries = (
            pollfd(fd: socket, events: events, revents: 0),
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
        )
        let ready = withUnsafeMutableBytes(of: &entries) { bytes in
            bytes.withMemoryRebound(to: pollfd.self) { poll($0.baseAddress, 2, Poll.milliseconds(until: deadline)) }
        }
        if ready < 0 && errno != EINTR { throw .system(errno, "waiting for RabbitMQ") }
        guard ready > 0 else { return false }
        if entries.1.revents != 0 { wakeUp.clear() }
        return entries.0.revents & ~Int16(POLLOUT) != 0
    }

    /// Writes as much as the socket takes.
    private func write(
        to library: inout LibraryConnection, _ heartbeats: inout HeartbeatMonitor,
        _ input: UnsafeMutableRawBufferPointer
    ) throws(RabbitMQError) {
        while outputOffset < output.count {
            let bytes = output.bytes(from: outputOffset)
            let sent = send(library.socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if sent >= 0 {
                outputOffset += sent
                heartbeats.sent(at: time.monotonic)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                let failure = RabbitMQError.system(errno, "writing to RabbitMQ")
                // The broker may have said why before it hung up.
                for _ in 0..<16 { try read(from: &library, &heartbeats, input) }
                throw failure
            }
        }
        output.removeAll()
        outputOffset = 0
    }

    private func read(
        from library: inout LibraryConnection, _ heartbeats: inout HeartbeatMonitor,
        _ input: UnsafeMutableRawBufferPointer
    ) throws(RabbitMQError) {
        let count = recv(library.socket, input.baseAddress, input.count, 0)
        if count == 0 {
            throw RabbitMQError(.connectionLost, "reading from RabbitMQ", "the broker closed the TCP connection")
        }
        guard count > 0 else {
            if errno == EAGAIN || errno == EINTR { return }
            throw .system(errno, "reading from RabbitMQ")
        }
        heartbeats.received(at: time.monotonic)
        var offset = 0
        while offset < count {
            offset += try library.decode(UnsafeRawBufferPointer(rebasing: input[offset..<count])) {
                channel, frame throws(RabbitMQError) in try handle(frame, on: channel)
            }
        }
    }

    private func keepTime(_ heartbeats: inout HeartbeatMonitor) throws(RabbitMQError) {
        let now = time.monotonic
        for core in timed {
            guard let role = core.role, let deadline = role.deadline, deadline <= now else { continue }
            role.expire(at: now)
            touch(core)
        }
        if let closeDeadline, now >= closeDeadline {
            throw RabbitMQError(
                .timeout, "closing the connection to RabbitMQ", "no answer within \(settings.replyTimeout)")
        }
        switch heartbeats.check(at: now) {
        case .none: break
        case .send:
            // What already waits to be written tells the broker as much as a heartbeat does.
            if output.isEmpty { FrameEncoder.heartbeat(into: &output) }
            heartbeats.sent(at: now)
        case .giveUp:
            throw RabbitMQError(
                .heartbeatLost, "reading from RabbitMQ",
                "the broker was silent for two heartbeats of \(heartbeats.interval)")
        }
    }

    // MARK: the end

    static let closedByOwner = RabbitMQError(.closed, "using the connection to RabbitMQ", "it was closed by its owner")

    /// Sends `connection.close`; channels end at once.
    func beginClose() {
        guard closeDeadline == nil else { return }
        closeDeadline = time.monotonic + settings.replyTimeout
        flushTouched()
        let left = outbox.end(Self.closedByOwner)
        endChannels(Self.closedByOwner)
        for work in left { refuse(work, Self.closedByOwner) }
        let action = "closing the connection to RabbitMQ"
        outbox.append { bytes in
            var encoder = FrameEncoder(frameMax: settings.frameMax)
            // A method without tables or long texts always fits.
            try? encoder.method(AMQP_CONNECTION_CLOSE_METHOD, channel: 0, into: &bytes, action: action) { scratch in
                var close = amqp_connection_close_t()
                close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
                close.reply_text = scratch.bytes("closed by its owner")
                return close
            }
        }
    }

    var isClosing: Bool { closeDeadline != nil }

    func report(_ event: ConnectionEvent) { onEvent?(event) }

    /// Answers `connection.close`, if the socket takes it at once: nobody waits for it any more.
    private func sendCloseOK(to socket: Int32) {
        guard owesCloseOK, output.isEmpty else { return }
        var encoder = FrameEncoder(frameMax: settings.frameMax)
        try? encoder.method(AMQP_CONNECTION_CLOSE_OK_METHOD, channel: 0, into: &output, action: "closing") { _ in
            amqp_connection_close_ok_t()
        }
        _ = send(socket, output.bytes().baseAddress, output.count, Int32(MSG_NOSIGNAL))
    }

    /// Everybody who waits or holds a channel learns of the end.
    private func end(_ error: RabbitMQError) {
        let left = outbox.end(error)
        flushTouched()
        endChannels(error)
        for work in left { refuse(work, error) }
        collectors = [:]
    }

    // MARK: batches

    func touch(_ core: ChannelCore) {
        guard !core.isTouched else { return }
        core.isTouched = true
        touched.append(core)
    }

    private func flushTouched() {
        guard !touched.isEmpty else { return }
        let batch = touched
        touched.removeAll()
        for core in batch {
            core.isTouched = false
            core.role?.flush()
        }
    }

    /// Consumers with the same sink share a collector, so that it gets one batch for all of them.
    func collector(for sink: any DeliverySink) -> DeliveryCollector {
        preconditionCurrent()
        if let known = collectors[ObjectIdentifier(sink)] { return known }
        let new = DeliveryCollector(sink: sink)
        collectors[ObjectIdentifier(sink)] = new
        return new
    }

    func release(_ collector: DeliveryCollector) {
        collector.consumers -= 1
        if collector.consumers == 0 { collectors[ObjectIdentifier(collector.sink)] = nil }
    }
}
