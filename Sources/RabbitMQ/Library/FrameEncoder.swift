internal import CRabbitMQ

/// Turns methods and messages into frames. librabbitmq encodes what is in a frame; the frame around it is made here, so
/// that many messages become one piece of memory and one system call.
struct FrameEncoder: ~Copyable {
    static let headerSize = 7
    static let overhead = 8
    /// Enough for any method or properties without a table: 13 short texts.
    private static let usualSize = 4096

    let frameMax: Int
    private var scratch = ScratchPool()

    init(frameMax: Int) {
        self.frameMax = frameMax
    }

    /// Appends a method frame. `make` gets memory for the method's texts, valid until the frame is encoded.
    mutating func method<Method: BitwiseCopyable>(
        _ number: amqp_method_number_t, channel: UInt16, into buffer: inout ByteBuffer, action: String,
        _ make: (inout ScratchPool) throws(RabbitMQError) -> Method
    ) throws(RabbitMQError) {
        var method = try make(&scratch)
        defer { scratch.recycle() }
        let start = begin(AMQP_FRAME_METHOD, channel, &buffer)
        buffer.append(number)
        try encode(into: &buffer, from: start, action: action) { bytes in
            withUnsafeMutablePointer(to: &method) { amqp_encode_method(number, $0, bytes) }
        }
        end(start, &buffer)
    }

    /// Appends `basic.publish` with its header and body frames.
    ///
    /// - Returns: the digest of the message, to be matched with a return.
    mutating func publish(
        _ message: OutgoingMessage, channel: UInt16, into buffer: inout ByteBuffer
    ) throws(RabbitMQError) -> Fingerprint {
        let action = "publishing"
        try Self.checkShort(message.exchange, "the exchange's name", action)
        try Self.checkShort(message.routingKey, "the routing key", action)
        defer { scratch.recycle() }

        let method = begin(AMQP_FRAME_METHOD, channel, &buffer)
        buffer.append(AMQP_BASIC_PUBLISH_METHOD)
        var publish = amqp_basic_publish_t()
        publish.exchange = scratch.bytes(message.exchange)
        publish.routing_key = scratch.bytes(message.routingKey)
        publish.mandatory = message.isMandatory ? 1 : 0
        try encode(into: &buffer, from: method, action: action) {
            amqp_encode_method(AMQP_BASIC_PUBLISH_METHOD, &publish, $0)
        }
        end(method, &buffer)

        let header = begin(AMQP_FRAME_HEADER, channel, &buffer)
        buffer.append(UInt16(AMQP_BASIC_CLASS))
        buffer.append(UInt16(0))  // the specification's unused weight
        buffer.append(UInt64(message.body.count))
        let propertiesStart = buffer.count
        var properties = try message.properties.encodable(in: &scratch, action)
        try encode(into: &buffer, from: header, action: action) {
            amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), &properties, $0)
        }
        var fingerprint = Fingerprint()
        if message.isMandatory { fingerprint.add(buffer.bytes(from: propertiesStart)) }
        end(header, &buffer)

        message.body.withUnsafeBytes { body in
            var offset = 0
            while offset < body.count {
                let size = min(body.count - offset, frameMax - Self.overhead)
                let frame = begin(AMQP_FRAME_BODY, channel, &buffer)
                buffer.append(UnsafeRawBufferPointer(rebasing: body[offset..<(offset + size)]))
                end(frame, &buffer)
                offset += size
            }
            if message.isMandatory { fingerprint.add(body) }
        }
        if message.isMandatory {
            fingerprint.add(message.exchange)
            fingerprint.add(message.routingKey)
        }
        return fingerprint
    }

    static func heartbeat(into buffer: inout ByteBuffer) {
        buffer.append(UInt8(AMQP_FRAME_HEARTBEAT))
        buffer.append(UInt16(0))
        buffer.append(UInt32(0))
        buffer.append(UInt8(AMQP_FRAME_END))
    }

    /// AMQP's short texts have one byte for their length.
    static func checkShort(_ text: String, _ what: String, _ action: String) throws(RabbitMQError) {
        guard text.utf8.count <= 255 else {
            throw RabbitMQError(.invalidArgument, action, "\(what) has \(text.utf8.count) bytes, 255 are allowed")
        }
    }

    private func begin(_ type: Int32, _ channel: UInt16, _ buffer: inout ByteBuffer) -> Int {
        let start = buffer.count
        buffer.append(UInt8(type))
        buffer.append(channel)
        buffer.append(UInt32(0))  // the size, known at the end
        return start
    }

    private func end(_ start: Int, _ buffer: inout ByteBuffer) {
        buffer.replace(at: start + 3, with: UInt32(buffer.count - start - Self.headerSize))
        buffer.append(UInt8(AMQP_FRAME_END))
    }

    /// Lets the library write to the end of the frame that began at `start`; on failure the frame is taken back.
    private func encode(
        into buffer: inout ByteBuffer, from start: Int, action: String, _ write: (amqp_bytes_t) -> Int32
    ) throws(RabbitMQError) {
        let most = frameMax - Self.overhead - (buffer.count - start - Self.headerSize)
        for size in [min(Self.usualSize, most), most] {
            let written = write(amqp_bytes_t(len: size, bytes: buffer.reserve(size)))
            if written >= 0 {
                buffer.commit(Int(written))
                return
            }
        }
        buffer.truncate(to: start)
        throw RabbitMQError(
            .frameTooLarge, action,
            "its arguments or headers do not fit into one frame of \(frameMax) bytes, or a name in them is too long")
    }
}
