internal import CRabbitMQ
internal import Runtime

/// One channel, as all its kinds share it: requests from any thread, state of the connection's thread.
final class ChannelCore: @unchecked Sendable {
    // because: what is mutable and not behind `why` belongs to the connection's thread alone
    let id: ChannelID
    let loop: ConnectionLoop
    /// What it is for, in the words of an error.
    let purpose: String

    // The connection's thread only.
    var machine = ChannelMachine()
    var answers: [ReplyBox] = []
    var closers: [ReplyBox] = []
    /// How many of the answers that make it open are still to come.
    var openingAnswers = 0
    /// Nil once the role has been told of the end: it is told once, and it holds this core.
    var role: (any ChannelRole)?
    var isTouched = false

    /// Why it ended, for those who still try to use it.
    private let why = Lock<RabbitMQError?>(nil)

    init(id: ChannelID, loop: ConnectionLoop, purpose: String) {
        self.id = id
        self.loop = loop
        self.purpose = purpose
    }

    var ending: RabbitMQError? {
        get { why.withLock { $0 } ?? loop.outbox.ended }
        set { why.withLock { why in if why == nil { why = newValue } } }
    }

    /// The error of somebody who comes too late.
    func tooLate(_ action: String) -> RabbitMQError {
        ending?.during(action) ?? RabbitMQError(.closed, action, "the channel is closed")
    }

    /// Sends a request and waits for its answer. Requests of several threads are answered in their order.
    func call<Method: BitwiseCopyable>(
        _ number: amqp_method_number_t, _ action: String,
        _ make: (inout ScratchPool) throws(RabbitMQError) -> Method
    ) throws(RabbitMQError) -> Reply {
        loop.preconditionNotCurrent()
        var frames = ByteBuffer()
        var encoder = FrameEncoder(frameMax: loop.frameMax)
        try encoder.method(number, channel: id.number, into: &frames, action: action, make)
        let answer = ReplyBox()
        guard loop.outbox.send(frames, on: self, answer: answer) else { throw tooLate(action) }
        return try wait(for: answer, action)
    }

    func wait(for answer: ReplyBox, _ action: String) throws(RabbitMQError) -> Reply {
        switch answer.wait(for: loop.settings.replyTimeout) {
        case .success(let reply): return reply
        case .failure(let error): throw error.during(action)
        case nil:
            // An answer that comes later could be taken for another request's: the channel cannot go on.
            let error = RabbitMQError(.timeout, action, "no answer within \(loop.settings.replyTimeout)")
            ending = error
            loop.outbox.closeChannel(.abandon(self, error), of: self)
            throw error
        }
    }

    /// Closes the channel and waits until the broker has agreed.
    func close() throws(RabbitMQError) {
        loop.preconditionNotCurrent()
        let action = "closing \(purpose)"
        let box = ReplyBox()
        loop.outbox.closeChannel(.close(self, box), of: self)
        if loop.outbox.ended != nil { return }
        switch box.wait(for: loop.settings.replyTimeout) {
        case .success, .failure: return
        case nil: throw RabbitMQError(.timeout, action, "no answer within \(loop.settings.replyTimeout)")
        }
    }

    func closeWithoutWaiting() {
        loop.outbox.closeChannel(.close(self, nil), of: self)
    }
}
