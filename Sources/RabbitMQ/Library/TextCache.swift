internal import CRabbitMQ

/// Remembers the last text: consecutive deliveries mostly name the same exchange and routing key, and a `String` of
/// more than 15 bytes is an allocation.
struct TextCache {
    private var last = ""
    private var bytes: [UInt8] = []

    mutating func text(_ raw: amqp_bytes_t) -> String {
        let raw = raw.raw
        if bytes.holds(raw) { return last }
        last = String(decoding: raw, as: UTF8.self)
        bytes.hold(raw)
        return last
    }
}
