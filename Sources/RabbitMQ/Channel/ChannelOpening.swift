internal import CRabbitMQ

/// What is sent to open a channel of each kind: all of it at once, so that it costs one round trip.
enum ChannelOpening: Sendable {
    case plain
    case confirming
    case consuming(queue: String, prefetch: UInt16, isExclusive: Bool, arguments: FieldTable)

    /// The channel in the words of an error.
    var purpose: String {
        switch self {
        case .plain: "a channel"
        case .confirming: "a publisher"
        case .consuming(let queue, _, _, _): "a consumer of the queue “\(queue)”"
        }
    }

    /// How many answers the broker gives.
    var answers: Int {
        switch self {
        case .plain: 1
        case .confirming: 2
        case .consuming: 3
        }
    }

    func encode(channel: UInt16, frameMax: Int, into bytes: inout ByteBuffer) throws(RabbitMQError) {
        let action = "opening \(purpose)"
        var encoder = FrameEncoder(frameMax: frameMax)
        try encoder.method(AMQP_CHANNEL_OPEN_METHOD, channel: channel, into: &bytes, action: action) { _ in
            amqp_channel_open_t()
        }
        switch self {
        case .plain: break
        case .confirming:
            try encoder.method(AMQP_CONFIRM_SELECT_METHOD, channel: channel, into: &bytes, action: action) { _ in
                amqp_confirm_select_t()
            }
        case .consuming(let queue, let prefetch, let isExclusive, let arguments):
            try encoder.method(AMQP_BASIC_QOS_METHOD, channel: channel, into: &bytes, action: action) { _ in
                amqp_basic_qos_t(prefetch_size: 0, prefetch_count: prefetch, global: 0)
            }
            try encoder.method(AMQP_BASIC_CONSUME_METHOD, channel: channel, into: &bytes, action: action) { scratch in
                var method = amqp_basic_consume_t()
                method.queue = scratch.bytes(queue)
                method.consumer_tag = scratch.bytes("consumer")
                method.exclusive = isExclusive ? 1 : 0
                method.arguments = scratch.table(arguments)
                return method
            }
        }
    }
}
