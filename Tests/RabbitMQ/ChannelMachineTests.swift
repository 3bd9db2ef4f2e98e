import Testing

@testable import RabbitMQ

/// Frames in, actions out.
@Suite struct ChannelMachineTests {
    private func header(_ size: Int, _ properties: MessageProperties = MessageProperties()) -> InboundFrame {
        .header(ContentHeader(bodySize: UInt64(size), properties: properties, fingerprint: Fingerprint()))
    }

    private func deliver(_ tag: UInt64) -> InboundFrame {
        .method(.deliver(tag: tag, isRedelivered: true, exchange: "x", routingKey: "k"))
    }

    private func text(_ action: ChannelMachine.Action) -> String { "\(action)" }

    private func receive(_ machine: inout ChannelMachine, body: String) throws -> ChannelMachine.Action {
        try Array(body.utf8).withUnsafeBytes { try machine.received(.body($0)) }
    }

    @Test func aDeliveryIsPutTogetherFromItsFrames() throws {
        var machine = ChannelMachine()
        for frame in [deliver(7), header(6)] { #expect(try text(machine.received(frame)) == "none") }
        #expect(try text(receive(&machine, body: "abc")) == "none")
        guard case .deliver(let message) = try receive(&machine, body: "def") else {
            Issue.record("no message")
            return
        }
        #expect(message.deliveryTag == 7)
        #expect(message.isRedelivered)
        #expect(message.exchange == "x")
        #expect(message.routingKey == "k")
        #expect(message.body == Array("abcdef".utf8))
    }

    @Test func aMessageWithoutABodyEndsWithItsHeader() throws {
        var machine = ChannelMachine()
        _ = try machine.received(deliver(1))
        guard case .deliver(let message) = try machine.received(header(0)) else {
            Issue.record("no message")
            return
        }
        #expect(message.body.isEmpty)
    }

    @Test func aReturnCarriesTheDigestOfTheWholeMessage() throws {
        let returned = ReturnedMessage(replyCode: 312, text: "NO_ROUTE", exchange: "x", routingKey: "k")
        func digest(of body: String) throws -> Fingerprint? {
            var machine = ChannelMachine()
            _ = try machine.received(.method(.returned(returned)))
            _ = try machine.received(header(body.utf8.count))
            guard case .returned(returned, let digest) = try receive(&machine, body: body) else { return nil }
            return digest
        }
        #expect(try digest(of: "one") != nil)
        #expect(try digest(of: "one") == digest(of: "one"))
        #expect(try digest(of: "one") != digest(of: "two"))
    }

    @Test func whatBreaksTheGrammarIsAViolation() {
        func violates(_ frames: [InboundFrame]) -> Bool {
            var machine = ChannelMachine()
            do throws(ProtocolViolation) {
                for frame in frames { _ = try machine.received(frame) }
                return false
            } catch {
                return true
            }
        }
        let body = InboundFrame.body(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(violates([header(1)]))
        #expect(violates([body]))
        #expect(violates([deliver(1), body]))
        #expect(violates([deliver(1), deliver(2)]))
        #expect(violates([deliver(1), header(5), header(5)]))
        #expect(violates([deliver(1), header(5), .method(.ack(tag: 1, isMultiple: false))]))
        #expect(violates([.heartbeat]))
        #expect(violates([.method(.channelCloseOK)]))
        #expect(violates([.method(.blocked(reason: ""))]))
        #expect(violates([.method(.unexpected(42))]))
        #expect(violates([.method(.channelClose(replyCode: 404, text: "")), deliver(1)]))
    }

    @Test func aBodyLongerThanAnnouncedIsAViolation() throws {
        var machine = ChannelMachine()
        _ = try machine.received(deliver(1))
        _ = try machine.received(header(3))
        #expect(throws: ProtocolViolation.self) { try receive(&machine, body: "four") }
    }

    @Test func theBrokersCloseIsReportedWithCodeAndText() throws {
        var machine = ChannelMachine()
        let action = try machine.received(.method(.channelClose(replyCode: 406, text: "PRECONDITION_FAILED")))
        #expect(text(action) == #"closedByBroker(replyCode: 406, text: "PRECONDITION_FAILED")"#)
        #expect(!machine.isOpen)
        let sent = machine.close()
        #expect(!sent)
    }

    @Test func whileClosingEverythingIsThrownAwayUntilTheBrokerAgrees() throws {
        var machine = ChannelMachine()
        _ = try machine.received(deliver(1))
        let first = machine.close()
        let second = machine.close()
        #expect(first && !second)
        for frame in [header(3), deliver(2), .method(.ack(tag: 1, isMultiple: true)), .method(.consumerCancelled)] {
            #expect(try text(machine.received(frame)) == "none")
        }
        #expect(try text(machine.received(.method(.channelClose(replyCode: 404, text: "")))) == "answerClose")
        #expect(try text(machine.received(.method(.channelCloseOK))) == "closed")
    }

    @Test func confirmsAndRepliesPassThrough() throws {
        var machine = ChannelMachine()
        func outcome(_ method: InboundMethod) throws -> String { try text(machine.received(.method(method))) }
        #expect(
            try outcome(.ack(tag: 5, isMultiple: true)) == "confirmed(tag: 5, isMultiple: true, isPositive: true)")
        #expect(
            try outcome(.nack(tag: 6, isMultiple: false)) == "confirmed(tag: 6, isMultiple: false, isPositive: false)")
        #expect(try outcome(.channelFlow(isActive: false)) == "answerFlow(isActive: false)")
        #expect(try outcome(.reply(.count(3))).hasPrefix("reply"))
    }
}
