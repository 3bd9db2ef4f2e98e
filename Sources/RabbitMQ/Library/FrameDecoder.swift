internal import CRabbitMQ

/// Turns what librabbitmq decoded into frames without C types.
struct FrameDecoder {
    private var exchange = TextCache()
    private var routingKey = TextCache()
    private var properties = PropertiesCache()

    /// - Returns: nil for a frame that AMQP tells its readers to ignore.
    mutating func frame(_ frame: amqp_frame_t) throws(ProtocolViolation) -> InboundFrame? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: .method(try method(frame.payload.method))
        case AMQP_FRAME_HEADER: .header(try header(frame))
        case AMQP_FRAME_BODY: .body(frame.payload.body_fragment.raw)
        case AMQP_FRAME_HEARTBEAT: .heartbeat
        default: nil
        }
    }

    private mutating func header(_ frame: amqp_frame_t) throws(ProtocolViolation) -> ContentHeader {
        let header = frame.payload.properties
        guard Int32(header.class_id) == AMQP_BASIC_CLASS, let decoded = header.decoded else {
            throw ProtocolViolation(reason: "a header of class \(header.class_id)")
        }
        let (properties, fingerprint) = properties.properties(raw: header.raw.raw) {
            MessageProperties(decoded: decoded.load(as: amqp_basic_properties_t.self))
        }
        return ContentHeader(bodySize: header.body_size, properties: properties, fingerprint: fingerprint)
    }

    private mutating func method(_ method: amqp_method_t) throws(ProtocolViolation) -> InboundMethod {
        guard let decoded = method.decoded else {
            throw ProtocolViolation(reason: "the method \(method.id) without arguments")
        }
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = decoded.load(as: amqp_basic_deliver_t.self)
            return .deliver(
                tag: deliver.delivery_tag, isRedelivered: deliver.redelivered != 0,
                exchange: exchange.text(deliver.exchange), routingKey: routingKey.text(deliver.routing_key))
        case AMQP_BASIC_ACK_METHOD:
            let ack = decoded.load(as: amqp_basic_ack_t.self)
            return .ack(tag: ack.delivery_tag, isMultiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = decoded.load(as: amqp_basic_nack_t.self)
            return .nack(tag: nack.delivery_tag, isMultiple: nack.multiple != 0)
        case AMQP_BASIC_RETURN_METHOD:
            let message = decoded.load(as: amqp_basic_return_t.self)
            return .returned(
                ReturnedMessage(
                    replyCode: message.reply_code, text: message.reply_text.text,
                    exchange: exchange.text(message.exchange), routingKey: routingKey.text(message.routing_key)))
        case AMQP_BASIC_GET_OK_METHOD:
            let message = decoded.load(as: amqp_basic_get_ok_t.self)
            return .getOK(
                tag: message.delivery_tag, isRedelivered: message.redelivered != 0,
                exchange: exchange.text(message.exchange), routingKey: routingKey.text(message.routing_key))
        case AMQP_BASIC_CANCEL_METHOD: return .consumerCancelled
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = decoded.load(as: amqp_channel_close_t.self)
            return .channelClose(replyCode: close.reply_code, text: close.reply_text.text)
        case AMQP_CHANNEL_CLOSE_OK_METHOD: return .channelCloseOK
        case AMQP_CHANNEL_FLOW_METHOD:
            return .channelFlow(isActive: decoded.load(as: amqp_channel_flow_t.self).active != 0)
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = decoded.load(as: amqp_connection_close_t.self)
            return .connectionClose(replyCode: close.reply_code, text: close.reply_text.text)
        case AMQP_CONNECTION_CLOSE_OK_METHOD: return .connectionCloseOK
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return .blocked(reason: decoded.load(as: amqp_connection_blocked_t.self).reason.text)
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        default: return Self.reply(method.id, decoded).map { .reply($0) } ?? .unexpected(method.id)
        }
    }

    private static func reply(_ number: amqp_method_number_t, _ decoded: UnsafeMutableRawPointer) -> Reply? {
        switch number {
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let queue = decoded.load(as: amqp_queue_declare_ok_t.self)
            return .queue(
                QueueStatus(
                    name: queue.queue.text, messages: Int(queue.message_count), consumers: Int(queue.consumer_count)))
        case AMQP_QUEUE_DELETE_OK_METHOD:
            return .count(Int(decoded.load(as: amqp_queue_delete_ok_t.self).message_count))
        case AMQP_QUEUE_PURGE_OK_METHOD:
            return .count(Int(decoded.load(as: amqp_queue_purge_ok_t.self).message_count))
        case AMQP_BASIC_GET_EMPTY_METHOD: return .message(nil)
        case AMQP_CHANNEL_OPEN_OK_METHOD, AMQP_EXCHANGE_DECLARE_OK_METHOD, AMQP_EXCHANGE_DELETE_OK_METHOD,
            AMQP_EXCHANGE_BIND_OK_METHOD, AMQP_EXCHANGE_UNBIND_OK_METHOD, AMQP_QUEUE_BIND_OK_METHOD,
            AMQP_QUEUE_UNBIND_OK_METHOD, AMQP_BASIC_QOS_OK_METHOD, AMQP_BASIC_CONSUME_OK_METHOD,
            AMQP_BASIC_CANCEL_OK_METHOD, AMQP_CONFIRM_SELECT_OK_METHOD:
            return .done
        default: return nil
        }
    }
}
