internal import CRabbitMQ

extension MessageProperties {
    /// As librabbitmq wants them, with their texts in `scratch`.
    func encodable(
        in scratch: inout ScratchPool, _ action: String
    ) throws(RabbitMQError) -> amqp_basic_properties_t {
        guard !isEmpty else { return amqp_basic_properties_t() }
        let fields = fields
        var flags: Int32 = 0
        func text(_ value: String?, _ flag: Int32, _ name: String) throws(RabbitMQError) -> amqp_bytes_t {
            guard let value else { return amqp_bytes_t() }
            try FrameEncoder.checkShort(value, name, action)
            flags |= flag
            return scratch.bytes(value)
        }
        var result = amqp_basic_properties_t()
        result.content_type = try text(fields.contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, "the content type")
        result.content_encoding = try text(
            fields.contentEncoding, AMQP_BASIC_CONTENT_ENCODING_FLAG, "the content encoding")
        result.correlation_id = try text(fields.correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, "the correlation id")
        result.reply_to = try text(fields.replyTo, AMQP_BASIC_REPLY_TO_FLAG, "reply-to")
        result.expiration = try text(fields.expiration, AMQP_BASIC_EXPIRATION_FLAG, "the expiration")
        result.message_id = try text(fields.messageID, AMQP_BASIC_MESSAGE_ID_FLAG, "the message id")
        result.type = try text(fields.type, AMQP_BASIC_TYPE_FLAG, "the type")
        result.user_id = try text(fields.userID, AMQP_BASIC_USER_ID_FLAG, "the user id")
        result.app_id = try text(fields.appID, AMQP_BASIC_APP_ID_FLAG, "the app id")
        if let headers = fields.headers {
            flags |= AMQP_BASIC_HEADERS_FLAG
            for entry in headers.entries { try FrameEncoder.checkShort(entry.name, "a header's name", action) }
            result.headers = scratch.table(headers)
        }
        if let isPersistent = fields.isPersistent {
            flags |= AMQP_BASIC_DELIVERY_MODE_FLAG
            let mode = isPersistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT
            result.delivery_mode = UInt8(mode.rawValue)
        }
        if let priority = fields.priority {
            flags |= AMQP_BASIC_PRIORITY_FLAG
            result.priority = priority
        }
        if let timestamp = fields.timestamp {
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
            result.timestamp = timestamp
        }
        result._flags = UInt32(flags)
        return result
    }

    /// Copies what librabbitmq decoded.
    init(decoded: amqp_basic_properties_t) {
        guard decoded._flags != 0 else {
            self.init()
            return
        }
        func has(_ flag: Int32) -> Bool { decoded._flags & UInt32(flag) != 0 }
        func text(_ flag: Int32, _ bytes: amqp_bytes_t) -> String? { has(flag) ? bytes.text : nil }
        self.init(
            Fields(
                contentType: text(AMQP_BASIC_CONTENT_TYPE_FLAG, decoded.content_type),
                contentEncoding: text(AMQP_BASIC_CONTENT_ENCODING_FLAG, decoded.content_encoding),
                headers: has(AMQP_BASIC_HEADERS_FLAG) ? FieldTable(decoded: decoded.headers) : nil,
                isPersistent: has(AMQP_BASIC_DELIVERY_MODE_FLAG) ? decoded.delivery_mode == 2 : nil,
                priority: has(AMQP_BASIC_PRIORITY_FLAG) ? decoded.priority : nil,
                correlationID: text(AMQP_BASIC_CORRELATION_ID_FLAG, decoded.correlation_id),
                replyTo: text(AMQP_BASIC_REPLY_TO_FLAG, decoded.reply_to),
                expiration: text(AMQP_BASIC_EXPIRATION_FLAG, decoded.expiration),
                messageID: text(AMQP_BASIC_MESSAGE_ID_FLAG, decoded.message_id),
                timestamp: has(AMQP_BASIC_TIMESTAMP_FLAG) ? decoded.timestamp : nil,
                type: text(AMQP_BASIC_TYPE_FLAG, decoded.type),
                userID: text(AMQP_BASIC_USER_ID_FLAG, decoded.user_id),
                appID: text(AMQP_BASIC_APP_ID_FLAG, decoded.app_id)))
    }
}

extension amqp_bytes_t {
    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : len) }

    /// What is not UTF-8 is repaired: a name that somebody else chose must not end the connection.
    var text: String { String(decoding: raw, as: UTF8.self) }
}

extension FieldTable {
    /// Copies what librabbitmq decoded.
    init(decoded table: amqp_table_t) {
        let entries = UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries))
        self.init(received: entries.map { Entry(name: $0.key.text, value: FieldValue(decoded: $0.value)) })
    }
}

extension FieldValue {
    init(decoded field: amqp_field_value_t) {
        self =
            switch amqp_field_value_kind_t(UInt32(field.kind)) {
            case AMQP_FIELD_KIND_BOOLEAN: .bool(field.value.boolean != 0)
            case AMQP_FIELD_KIND_I8: .int8(field.value.i8)
            case AMQP_FIELD_KIND_U8: .uint8(field.value.u8)
            case AMQP_FIELD_KIND_I16: .int16(field.value.i16)
            case AMQP_FIELD_KIND_U16: .uint16(field.value.u16)
            case AMQP_FIELD_KIND_I32: .int32(field.value.i32)
            case AMQP_FIELD_KIND_U32: .uint32(field.value.u32)
            case AMQP_FIELD_KIND_I64, AMQP_FIELD_KIND_U64: .int64(field.value.i64)
            case AMQP_FIELD_KIND_F32: .float(field.value.f32)
            case AMQP_FIELD_KIND_F64: .double(field.value.f64)
            case AMQP_FIELD_KIND_DECIMAL:
                .decimal(scale: field.value.decimal.decimals, value: field.value.decimal.value)
            case AMQP_FIELD_KIND_UTF8: .string(field.value.bytes.text)
            case AMQP_FIELD_KIND_BYTES: .bytes([UInt8](field.value.bytes.raw))
            case AMQP_FIELD_KIND_TIMESTAMP: .timestamp(field.value.u64)
            case AMQP_FIELD_KIND_TABLE: .table(FieldTable(decoded: field.value.table))
            case AMQP_FIELD_KIND_ARRAY:
                .array(
                    UnsafeBufferPointer(
                        start: field.value.array.entries, count: Int(field.value.array.num_entries)
                    ).map { FieldValue(decoded: $0) })
            default: .null
            }
    }
}
