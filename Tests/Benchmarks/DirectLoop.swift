internal import CRabbitMQ
internal import Glibc
internal import RabbitMQ

/// What one would write in a hurry straight on librabbitmq: blocking, one connection, no error handling worth the name.
struct DirectLoop: ~Copyable {
    private let state: amqp_connection_state_t

    init(_ settings: ConnectionSettings) {
        guard let state = amqp_new_connection(), let socket = amqp_tcp_socket_new(state) else {
            preconditionFailure("no memory")
        }
        self.state = state
        precondition(amqp_socket_open(socket, settings.host, Int32(settings.port)) == 0)
        var properties = amqp_table_t()
        let reply = crabbitmq_login_plain(
            state, settings.virtualHost, 2047, 131_072, 0, &properties, settings.user, settings.password)
        precondition(reply.reply_type == AMQP_RESPONSE_NORMAL)
        amqp_channel_open(state, 1)
    }

    deinit {
        amqp_connection_close(state, AMQP_REPLY_SUCCESS)
        amqp_destroy_connection(state)
    }

    func publish(_ messages: Int, window: Int, body: [UInt8]) {
        amqp_confirm_select(state, 1)
        var body = body
        var name = Array("direct".utf8)
        var properties = amqp_basic_properties_t()
        properties._flags = UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG)
        properties.delivery_mode = 2
        body.withUnsafeMutableBytes { body in
            name.withUnsafeMutableBytes { name in
                let body = amqp_bytes_t(len: body.count, bytes: body.baseAddress)
                let name = amqp_bytes_t(len: name.count, bytes: name.baseAddress)
                var sent = 0
                var confirmed = 0
                while confirmed < messages {
                    while sent < messages && sent - confirmed < window {
                        amqp_basic_publish(state, 1, amqp_bytes_t(), name, 1, 0, &properties, body)
                        sent += 1
                    }
                    confirmed = awaitConfirm(confirmed)
                }
            }
        }
    }

    private func awaitConfirm(_ confirmed: Int) -> Int {
        var frame = amqp_frame_t()
        precondition(amqp_simple_wait_frame(state, &frame) == 0)
        defer { amqp_maybe_release_buffers(state) }
        guard Int32(frame.frame_type) == AMQP_FRAME_METHOD, frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
            let decoded = frame.payload.method.decoded
        else { preconditionFailure("something other than a confirm") }
        let ack = decoded.load(as: amqp_basic_ack_t.self)
        return ack.multiple != 0 ? Int(ack.delivery_tag) : confirmed + 1
    }

    func consume(_ messages: Int, prefetch: UInt16) {
        var name = Array("direct".utf8)
        name.withUnsafeMutableBytes { name in
            let name = amqp_bytes_t(len: name.count, bytes: name.baseAddress)
            amqp_basic_qos(state, 1, 0, prefetch, 0)
            amqp_basic_consume(state, 1, name, amqp_bytes_t(), 0, 0, 0, amqp_table_t())
        }
        for number in 1...messages {
            amqp_maybe_release_buffers(state)
            var envelope = amqp_envelope_t()
            let reply = amqp_consume_message(state, &envelope, nil, 0)
            precondition(reply.reply_type == AMQP_RESPONSE_NORMAL)
            if number % 100 == 0 || number == messages { amqp_basic_ack(state, 1, envelope.delivery_tag, 1) }
            amqp_destroy_envelope(&envelope)
        }
    }
}
