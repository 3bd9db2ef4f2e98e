internal import CRabbitMQ
internal import Glibc
internal import Runtime

/// librabbitmq's connection: logs in and decodes frames.
///
/// After the login the socket is ours and the library never touches it again: its writes block, with no way to read or
/// to serve heartbeats meanwhile, and its waits for one channel's answer queue everything else unseen. What is used
/// then
/// is its decoder alone. Belongs to one thread.
struct LibraryConnection: ~Copyable {
    private static let reading = "reading from RabbitMQ"

    private let state: amqp_connection_state_t
    let socket: Int32
    let frameMax: Int
    let channelMax: UInt16
    let heartbeat: Duration
    private var decoder = FrameDecoder()

    /// Takes over a connected, non-blocking socket and logs in.
    init(socket: Int32, settings: ConnectionSettings, deadline: MonotonicTime) throws(RabbitMQError) {
        let action = "logging in to RabbitMQ at \(settings.address)"
        guard let state = amqp_new_connection() else {
            close(socket)
            throw RabbitMQError(.outOfResources, action, "no memory")
        }
        guard let library = amqp_tcp_socket_new(state) else {
            close(socket)
            amqp_destroy_connection(state)
            throw RabbitMQError(.outOfResources, action, "no memory")
        }
        amqp_tcp_socket_set_sockfd(library, socket)
        do {
            try Self.logIn(state, settings, deadline, action)
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
        self.state = state
        self.socket = socket
        frameMax = Int(amqp_get_frame_max(state))
        channelMax = UInt16(clamping: amqp_get_channel_max(state))
        heartbeat = .seconds(Int(amqp_get_heartbeat(state)))
    }

    deinit { amqp_destroy_connection(state) }

    private static func logIn(
        _ state: amqp_connection_state_t, _ settings: ConnectionSettings, _ deadline: MonotonicTime, _ action: String
    ) throws(RabbitMQError) {
        let remaining = max(1000, (deadline - SystemTime().monotonic).microseconds)
        var timeout = timeval(tv_sec: Int(remaining / 1_000_000), tv_usec: Int(remaining % 1_000_000))
        amqp_set_handshake_timeout(state, &timeout)

        var scratch = ScratchPool()
        var properties = scratch.table([
            "connection_name": .string(settings.name),
            "product": "Turnstile",
            "capabilities": [
                "connection.blocked": true, "consumer_cancel_notify": true, "publisher_confirms": true,
                "basic.nack": true,
            ],
        ])
        let reply = crabbitmq_login_plain(
            state, settings.virtualHost, Int32(settings.channelMax), Int32(settings.frameMax),
            Int32(settings.heartbeatSeconds), &properties, settings.user, settings.password)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION where reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD:
            guard let decoded = reply.reply.decoded else { break }
            let close = decoded.load(as: amqp_connection_close_t.self)
            let error = RabbitMQError.broker(
                replyCode: close.reply_code, text: close.reply_text.text, otherwise: .connectionClosed, action)
            var ok = amqp_connection_close_ok_t()
            amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok)
            throw error
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: throw .library(reply.library_error, action)
        default: break
        }
        throw RabbitMQError(.protocolViolation, action, "the broker did not answer as AMQP 0-9-1 has it")
    }

    /// What the library read beyond the login: very little, since nothing has been asked for yet.
    mutating func drainLogin(
        _ handle: (_ channel: UInt16, InboundFrame) throws(RabbitMQError) -> Void
    ) throws(RabbitMQError) {
        while amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0 {
            var frame = amqp_frame_t()
            var timeout = timeval(tv_sec: 0, tv_usec: 0)
            let status = amqp_simple_wait_frame_noblock(state, &frame, &timeout)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return }
            guard status >= 0 else { throw .library(status, Self.reading) }
            try pass(frame, to: handle)
        }
    }

    /// Decodes one frame at most.
    ///
    /// - Parameter handle: gets the frame; pointers in it are valid until it returns.
    /// - Returns: how many bytes were used.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, _ handle: (_ channel: UInt16, InboundFrame) throws(RabbitMQError) -> Void
    ) throws(RabbitMQError) -> Int {
        var frame = amqp_frame_t()
        let input = amqp_bytes_t(len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        let used = amqp_handle_input(state, input, &frame)
        guard used >= 0 else { throw .library(used, Self.reading) }
        if frame.frame_type != 0 { try pass(frame, to: handle) }
        return Int(used)
    }

    private mutating func pass(
        _ frame: amqp_frame_t, to handle: (_ channel: UInt16, InboundFrame) throws(RabbitMQError) -> Void
    ) throws(RabbitMQError) {
        let inbound: InboundFrame?
        do {
            inbound = try decoder.frame(frame)
        } catch {
            throw RabbitMQError(.protocolViolation, Self.reading, error.reason)
        }
        if let inbound { try handle(frame.channel, inbound) }
        // A frame's memory is its channel's; without this it would grow until the connection ends.
        amqp_maybe_release_buffers_on_channel(state, frame.channel)
    }
}
