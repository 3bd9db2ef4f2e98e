internal import Synchronization

/// Answers one request, once, from any thread.
///
/// Whoever lets go of a responder without answering leaves the client with a 500. An answer for a client that has
/// gone is thrown away.
public final class Responder: Sendable {
    /// Where the race between the answer and the handler's return stands.
    private enum Phase {
        /// The handler runs: an answer is left here, and sent without suspending the connection.
        static let handling: UInt8 = 0
        /// The handler has returned: an answer goes to the loop.
        static let parked: UInt8 = 1
        /// The answer is there.
        static let answered: UInt8 = 2
    }

    private let phase = Atomic<UInt8>(Phase.handling)
    private let isClaimed = Atomic<Bool>(false)
    /// because: written by whoever claimed, before it releases `phase`; read by the loop after it acquired `phase`
    nonisolated(unsafe) private var answer: Answer?

    private let connection: Connection
    private let generation: UInt64
    private let mailbox: Mailbox
    private let compression: CompressionSettings
    private let acceptsGzip: Bool
    private let bufferLimit: Int

    init(_ connection: Connection, _ loop: Loop) {
        self.connection = connection
        generation = connection.generation
        mailbox = loop.mailbox
        compression = loop.listener.compression
        acceptsGzip = connection.acceptsGzip
        bufferLimit = loop.listener.limits.streamBufferBytes
    }

    deinit {
        guard !isClaimed.load(ordering: .relaxed) else { return }
        // Nobody else has a reference, so the handler has returned and the connection is suspended.
        mailbox.post(.answer(connection, generation: generation, .dropped))
    }

    /// Sends the response. Larger ones are compressed here, on the calling thread.
    ///
    /// - Returns: false when the request was answered already, or its server has stopped. True does not mean that the
    ///   client is still there.
    @discardableResult
    public func answer(_ response: Response) -> Bool {
        guard claim() else { return false }
        return give(.response(Outgoing(response, compression, acceptsGzip: acceptsGzip)))
    }

    /// Sends what a problem says, by way of `ServerHooks.problem`.
    @discardableResult
    public func refuse(_ problem: Problem) -> Bool {
        guard claim() else { return false }
        return give(.problem(problem))
    }

    /// Answers with 200 and a stream of server-sent events that stays open.
    ///
    /// - Returns: nil when the request was answered already, or its server has stopped.
    public func openEventStream(_ options: EventStreamOptions = EventStreamOptions()) -> EventStream? {
        guard claim() else { return nil }
        let stream = EventStream(mailbox: mailbox, options: options, bufferLimit: bufferLimit)
        return give(.stream(stream)) ? stream : nil
    }

    /// Whether the client has closed the connection, or at least its side of it. Nobody needs the answer then.
    public var isClientGone: Bool { connection.presence.isGone }

    /// Calls `body` on the loop's thread when the client goes before it has its answer; at once if it has gone.
    public func whenClientGone(_ body: @escaping @Sendable () -> Void) {
        connection.presence.whenGone(body)
    }

    private func claim() -> Bool {
        if !isClaimed.exchange(true, ordering: .acquiringAndReleasing) { return true }
        mailbox.post(.answeredTwice)
        return false
    }

    private func give(_ answer: Answer) -> Bool {
        self.answer = answer
        let before = phase.exchange(Phase.answered, ordering: .acquiringAndReleasing)
        if before == Phase.handling { return true }
        return mailbox.post(.answer(connection, generation: generation, answer))
    }

    /// The handler has returned.
    ///
    /// - Returns: the answer, if it is there already; nil when it will come by mail.
    func park() -> Answer? {
        let (parked, _) = phase.compareExchange(
            expected: Phase.handling, desired: Phase.parked, ordering: .acquiringAndReleasing)
        return parked ? nil : answer
    }
}
