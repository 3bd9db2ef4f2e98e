/// What happens on one channel, frame by frame. Pure: the shell performs the actions.
struct ChannelMachine {
    enum Action {
        case none
        case deliver(ReceivedMessage)
        case returned(ReturnedMessage, Fingerprint)
        case confirmed(tag: UInt64, isMultiple: Bool, isPositive: Bool)
        /// Hand it to whoever has waited longest.
        case reply(Reply)
        /// The broker took the consumer away: the channel has lost its purpose.
        case consumerCancelled
        /// Send `channel.flow-ok`.
        case answerFlow(isActive: Bool)
        /// Send `channel.close-ok`; the channel is gone.
        case closedByBroker(replyCode: UInt16, text: String)
        /// Both sides closed at once: send `channel.close-ok` and keep waiting for the broker's.
        case answerClose
        /// The broker has agreed to our close; the number is free again.
        case closed
    }

    private enum State { case open, closing, closed }

    private enum Incoming {
        case delivery(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
        case fetched(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
        case returned(ReturnedMessage)
    }

    private var state = State.open
    private var assembler = ContentAssembler()
    /// The method whose header and body are on their way.
    private var incoming: Incoming?

    var isOpen: Bool { state == .open }

    /// We send `channel.close`: what still arrives is thrown away until the broker has agreed.
    ///
    /// - Returns: whether it has to be sent.
    mutating func close() -> Bool {
        guard state == .open else { return false }
        state = .closing
        incoming = nil
        return true
    }

    mutating func received(_ frame: InboundFrame) throws(ProtocolViolation) -> Action {
        switch state {
        case .open: try whileOpen(frame)
        case .closing: whileClosing(frame)
        case .closed: throw ProtocolViolation(reason: "a frame on a channel that is closed")
        }
    }

    private mutating func whileClosing(_ frame: InboundFrame) -> Action {
        switch frame {
        case .method(.channelCloseOK):
            state = .closed
            return .closed
        case .method(.channelClose): return .answerClose
        default: return .none
        }
    }

    private mutating func whileOpen(_ frame: InboundFrame) throws(ProtocolViolation) -> Action {
        switch frame {
        case .header(let header):
            guard let incoming else { throw ProtocolViolation(reason: "a header that belongs to no message") }
            return try assembler.header(header).map { finish(incoming, $0) } ?? .none
        case .body(let bytes):
            guard let incoming else { throw ProtocolViolation(reason: "a body that belongs to no message") }
            return try assembler.body(bytes).map { finish(incoming, $0) } ?? .none
        case .method(let method):
            guard incoming == nil else { throw ProtocolViolation(reason: "a method within a message") }
            return try whileOpen(method)
        case .heartbeat:
            throw ProtocolViolation(reason: "a heartbeat on a channel")
        }
    }

    private mutating func whileOpen(_ method: InboundMethod) throws(ProtocolViolation) -> Action {
        switch method {
        case .deliver(let tag, let isRedelivered, let exchange, let routingKey):
            incoming = .delivery(tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey)
            return .none
        case .getOK(let tag, let isRedelivered, let exchange, let routingKey):
            incoming = .fetched(tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey)
            return .none
        case .returned(let message):
            incoming = .returned(message)
            return .none
        case .ack(let tag, let isMultiple):
            return .confirmed(tag: tag, isMultiple: isMultiple, isPositive: true)
        case .nack(let tag, let isMultiple):
            return .confirmed(tag: tag, isMultiple: isMultiple, isPositive: false)
        case .reply(let reply): return .reply(reply)
        case .consumerCancelled: return .consumerCancelled
        case .channelFlow(let isActive): return .answerFlow(isActive: isActive)
        case .channelClose(let replyCode, let text):
            state = .closed
            return .closedByBroker(replyCode: replyCode, text: text)
        case .channelCloseOK, .connectionClose, .connectionCloseOK, .blocked, .unblocked:
            throw ProtocolViolation(reason: "a method that does not belong on an open channel")
        case .unexpected(let number):
            throw ProtocolViolation(reason: "the method \(number >> 16).\(number & 0xFFFF)")
        }
    }

    private mutating func finish(_ incoming: Incoming, _ content: ContentAssembler.Content) -> Action {
        self.incoming = nil
        switch incoming {
        case .delivery(let tag, let isRedelivered, let exchange, let routingKey):
            return .deliver(
                ReceivedMessage(
                    deliveryTag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey,
                    properties: content.properties, body: content.body))
        case .fetched(let tag, let isRedelivered, let exchange, let routingKey):
            return .reply(
                .message(
                    ReceivedMessage(
                        deliveryTag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey,
                        properties: content.properties, body: content.body)))
        case .returned(let message):
            var fingerprint = content.fingerprint
            content.body.withUnsafeBytes { fingerprint.add($0) }
            fingerprint.add(message.exchange)
            fingerprint.add(message.routingKey)
            return .returned(message, fingerprint)
        }
    }
}
