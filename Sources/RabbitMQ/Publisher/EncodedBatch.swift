/// Messages as frames, encoded on the publishing thread, before any lock is taken.
struct EncodedBatch: ~Copyable {
    var frames = ByteBuffer()
    /// Where each message ends.
    var ends: [Int] = []
    var messages: [ConfirmWindow.Message] = []

    init(_ outgoing: ArraySlice<OutgoingMessage>, channel: UInt16, frameMax: Int) throws(RabbitMQError) {
        var encoder = FrameEncoder(frameMax: frameMax)
        ends.reserveCapacity(outgoing.count)
        messages.reserveCapacity(outgoing.count)
        for message in outgoing {
            let content = try encoder.publish(message, channel: channel, into: &frames)
            var route = Fingerprint()
            if message.isMandatory {
                route.add(message.exchange)
                route.add(message.routingKey)
            }
            ends.append(frames.count)
            messages.append(
                ConfirmWindow.Message(
                    tag: message.tag, route: route, content: content, isMandatory: message.isMandatory))
        }
    }
}
