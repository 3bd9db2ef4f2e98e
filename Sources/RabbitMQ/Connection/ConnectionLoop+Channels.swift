internal import CRabbitMQ
internal import Runtime

// What frames and other threads' requests do to the channels. All on the connection's thread.
extension ConnectionLoop {
    func perform(_ work: Outbox.Work) throws(RabbitMQError) {
        switch work {
        case .open(let core, let answers):
            guard !isClosing else { return refuse(work, Self.closedByOwner) }
            core.answers = answers
            core.openingAnswers = answers.count
            channels[core.id.number] = core
            core.role?.opened(on: self)
            if core.role?.isTimed == true { timed.append(core) }
        case .expect(let core, let answer):
            guard core.machine.isOpen else { return answer.fulfil(.failure(core.tooLate("using a channel"))) }
            core.answers.append(answer)
        case .close(let core, let closer):
            let error = RabbitMQError(.closed, "using \(core.purpose)", "it was closed by its owner")
            if let closer { core.closers.append(closer) }
            close(core, error)
        case .abandon(let core, let error):
            close(core, error)
        case .closeConnection: beginClose()
        case .abort: throw Self.closedByOwner
        }
    }

    /// Nobody will do this work any more.
    func refuse(_ work: Outbox.Work, _ error: RabbitMQError) {
        switch work {
        case .open(let core, let answers):
            core.answers = answers
            core.openingAnswers = answers.count
            finish(core, error)
        case .expect(_, let answer): answer.fulfil(.failure(error))
        case .close(_, let closer): closer?.fulfil(.success(.done))
        case .abandon, .closeConnection, .abort: break
        }
    }

    /// Ends a channel from this side, when it has not ended yet.
    private func close(_ core: ChannelCore, _ error: RabbitMQError) {
        if core.machine.close() {
            outbox.beginClosing(core.id)
            send(AMQP_CHANNEL_CLOSE_METHOD, on: core) { scratch in
                var close = amqp_channel_close_t()
                close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
                close.reply_text = scratch.bytes("closed by its owner")
                return close
            }
            finish(core, error)
        } else if channels[core.id.number] !== core {
            for closer in core.closers { closer.fulfil(.success(.done)) }
            core.closers = []
        }
    }

    /// Tells everybody who has to do with the channel that it has ended. Does nothing the second time.
    private func finish(_ core: ChannelCore, _ error: RabbitMQError) {
        core.ending = error
        timed.removeAll { $0 === core }
        if let role = core.role {
            role.flush()
            core.role = nil
            role.ended(error, wasOpen: core.openingAnswers == 0)
        }
        // Last, so that a caller who gets the error can rely on the holder's having been told.
        for answer in core.answers { answer.fulfil(.failure(error)) }
        core.answers = []
    }

    /// The broker has let go of the channel's number.
    private func forget(_ core: ChannelCore) {
        channels[core.id.number] = nil
        outbox.release(core.id)
        for closer in core.closers { closer.fulfil(.success(.done)) }
        core.closers = []
    }

    func endChannels(_ error: RabbitMQError) {
        for core in channels.values.sorted(by: { $0.id.number < $1.id.number }) {
            outbox.beginClosing(core.id)
            finish(core, error)
            for closer in core.closers { closer.fulfil(.success(.done)) }
            core.closers = []
        }
        channels = [:]
    }

    func handle(_ frame: InboundFrame, on number: UInt16) throws(RabbitMQError) {
        if number == 0 { return try handleConnection(frame) }
        guard let core = channels[number] else {
            // After our `connection.close` the broker may still be saying things to channels that are gone.
            if isClosing { return }
            throw violation("a frame on channel \(number), which is not open")
        }
        do throws(ProtocolViolation) {
            switch try core.machine.received(frame) {
            case .none: return
            case .deliver(let message): core.role?.delivered(message)
            case .returned(let message, let content): try core.role?.returned(message, content: content)
            case .confirmed(let tag, let isMultiple, let isPositive):
                try core.role?.confirmed(tag, isMultiple: isMultiple, isPositive: isPositive)
            case .reply(let reply):
                guard !core.answers.isEmpty else {
                    throw ProtocolViolation(reason: "an answer that nobody asked for")
                }
                core.openingAnswers = max(0, core.openingAnswers - 1)
                core.answers.removeFirst().fulfil(.success(reply))
                return
            case .consumerCancelled:
                let reason = "the broker cancelled it, as it does when the queue is deleted"
                close(core, RabbitMQError(.consumerCancelled, "using \(core.purpose)", reason))
            case .answerFlow(let isActive):
                send(AMQP_CHANNEL_FLOW_OK_METHOD, on: core) { _ in
                    amqp_channel_flow_ok_t(active: isActive ? 1 : 0)
                }
            case .closedByBroker(let replyCode, let text):
                outbox.beginClosing(core.id)
                send(AMQP_CHANNEL_CLOSE_OK_METHOD, on: core) { _ in amqp_channel_close_ok_t() }
                finish(core, .broker(replyCode: replyCode, text: text, "using \(core.purpose)"))
                forget(core)
            case .answerClose: send(AMQP_CHANNEL_CLOSE_OK_METHOD, on: core) { _ in amqp_channel_close_ok_t() }
            case .closed: forget(core)
            }
        } catch {
            throw violation(error.reason)
        }
        touch(core)
    }

    private func handleConnection(_ frame: InboundFrame) throws(RabbitMQError) {
        switch frame {
        case .heartbeat: break
        case .method(.connectionClose(let replyCode, let text)):
            owesCloseOK = true
            throw .broker(
                replyCode: replyCode, text: text, otherwise: .connectionClosed, "using the connection to RabbitMQ")
        case .method(.connectionCloseOK): throw Self.closedByOwner
        case .method(.blocked(let reason)):
            outbox.setBlocked(reason)
            report(.blocked(reason: reason))
            for core in channels.values { core.role?.blocked(reason) }
        case .method(.unblocked):
            outbox.setBlocked(nil)
            report(.unblocked)
            for core in channels.values { core.role?.unblocked() }
        case .method, .header, .body: throw violation("a frame that does not belong on channel 0")
        }
    }

    private func violation(_ reason: String) -> RabbitMQError {
        RabbitMQError(.protocolViolation, "reading from RabbitMQ", reason)
    }

    private func send<Method: BitwiseCopyable>(
        _ method: amqp_method_number_t, on core: ChannelCore, _ make: (inout ScratchPool) -> Method
    ) {
        outbox.append { bytes in
            var encoder = FrameEncoder(frameMax: frameMax)
            // A method without tables or long texts always fits.
            try? encoder.method(method, channel: core.id.number, into: &bytes, action: "") { make(&$0) }
        }
    }
}
