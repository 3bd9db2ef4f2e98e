internal import Runtime

/// What other threads leave for the connection's thread: frames, and what it has to know about them.
///
/// Frames and work are taken in the order in which they were left, and together, so that the connection's thread knows
/// of every request before its answer can arrive. Its bounds: publishes stop at `publishLimit` bytes; beyond that
/// only what is bounded otherwise gets in, one request for each waiting caller and one acknowledgement for each
/// unacknowledged delivery.
final class Outbox: Sendable {
    enum Work: Sendable {
        case open(ChannelCore, answers: [ReplyBox])
        case expect(ChannelCore, ReplyBox)
        case close(ChannelCore, ReplyBox?)
        case abandon(ChannelCore, RabbitMQError)
        case closeConnection
        case abort
    }

    enum PublishOutcome {
        /// How many of the messages were taken, from the front.
        case accepted(Int)
        case blocked(reason: String)
        case ended(RabbitMQError?)
    }

    private struct State: ~Copyable {
        var bytes = ByteBuffer()
        var work: [Work] = []
        var channels = ChannelTable(limit: 0)
        var blocked: String?
        var ended: RabbitMQError?
        /// Whether the connection's thread has to be woken for something new.
        var isSleeping = false

        mutating func needsWake() -> Bool {
            defer { isSleeping = false }
            return isSleeping
        }
    }

    private let state = Lock(State())
    private let wakeUp: WakeUp
    private let publishLimit: Int

    init(wakeUp: WakeUp, publishLimit: Int) {
        self.wakeUp = wakeUp
        self.publishLimit = publishLimit
    }

    // MARK: from any thread

    /// Opens a channel; `make` builds what goes with it, once its number is known.
    func openChannel(
        action: String, _ make: (ChannelID, inout ByteBuffer) throws(RabbitMQError) -> (ChannelCore, Work)
    ) throws(RabbitMQError) -> ChannelCore {
        let (core, wake) = try state.withLock { state throws(RabbitMQError) in
            if let ended = state.ended { throw ended.during(action) }
            guard let id = state.channels.open() else {
                throw RabbitMQError(
                    .outOfChannels, action, "all \(state.channels.limit) channels of the connection are in use")
            }
            let start = state.bytes.count
            do throws(RabbitMQError) {
                let (core, work) = try make(id, &state.bytes)
                state.work.append(work)
                return (core, state.needsWake())
            } catch {
                state.bytes.truncate(to: start)
                state.channels.release(id)
                throw error
            }
        }
        if wake { wakeUp.signal() }
        return core
    }

    /// Leaves frames of a channel, with the box for their answer.
    ///
    /// - Returns: false when the channel is open no longer.
    func send(_ frames: borrowing ByteBuffer, on core: ChannelCore, answer: ReplyBox? = nil) -> Bool {
        let wake: Bool? = state.withLock { state in
            guard state.ended == nil, state.channels.isOpen(core.id) else { return nil }
            state.bytes.append(frames.bytes())
            if let answer { state.work.append(.expect(core, answer)) }
            return state.needsWake()
        }
        if wake == true { wakeUp.signal() }
        return wake != nil
    }

    /// Leaves as many messages as there is room for.
    ///
    /// - Parameter ends: where each message ends in `frames`.
    func publish(_ frames: borrowing ByteBuffer, ends: ArraySlice<Int>, on core: ChannelCore) -> PublishOutcome {
        let (outcome, wake): (PublishOutcome, Bool) = state.withLock { state in
            guard state.ended == nil, state.channels.isOpen(core.id) else { return (.ended(state.ended), false) }
            if let reason = state.blocked { return (.blocked(reason: reason), false) }
            // A message larger than the limit still passes when nothing else waits.
            let room = state.bytes.isEmpty ? max(publishLimit, ends.first ?? 0) : publishLimit - state.bytes.count
            let fitting = ends.prefix { $0 <= room }
            guard let size = fitting.last else { return (.accepted(0), false) }
            state.bytes.append(UnsafeRawBufferPointer(rebasing: frames.bytes()[..<size]))
            return (.accepted(fitting.count), state.needsWake())
        }
        if wake { wakeUp.signal() }
        return outcome
    }

    /// Asks for a channel's end; nothing more can be written to it from now on.
    func closeChannel(_ work: Work, of core: ChannelCore) {
        let wake = state.withLock { state in
            guard state.ended == nil else { return false }
            state.channels.beginClosing(core.id)
            state.work.append(work)
            return state.needsWake()
        }
        if wake { wakeUp.signal() }
    }

    /// Asks for the connection's end.
    func leave(_ work: Work) {
        let wake = state.withLock { state in
            state.work.append(work)
            return state.needsWake()
        }
        if wake { wakeUp.signal() }
    }

    var blockedReason: String? { state.withLock { $0.blocked } }
    var ended: RabbitMQError? { state.withLock { $0.ended } }

    // MARK: from the connection's thread

    func begin(channelLimit: UInt16) {
        state.withLock { $0.channels = ChannelTable(limit: channelLimit) }
    }

    /// Takes what is there. Bytes are taken only when `output` is empty: a socket that is full must not make the
    /// thread take more.
    ///
    /// - Returns: the work; when there is none, the next thing left will wake the thread.
    func take(into output: inout ByteBuffer) -> [Work] {
        state.withLock { state in
            if output.isEmpty { swap(&output, &state.bytes) }
            state.isSleeping = state.work.isEmpty
            guard !state.isSleeping else { return [] }
            let work = state.work
            state.work.removeAll()
            return work
        }
    }

    /// The thread is awake and will look again: no signal is needed meanwhile.
    func awake() {
        state.withLock { $0.isSleeping = false }
    }

    /// Frames of the connection's own thread.
    func append(_ write: (inout ByteBuffer) -> Void) {
        state.withLock { write(&$0.bytes) }
    }

    func beginClosing(_ id: ChannelID) {
        state.withLock { $0.channels.beginClosing(id) }
    }

    func release(_ id: ChannelID) {
        state.withLock { $0.channels.release(id) }
    }

    func setBlocked(_ reason: String?) {
        state.withLock { $0.blocked = reason }
    }

    /// From now on everything is refused with this error.
    ///
    /// - Returns: the work that was left before.
    func end(_ error: RabbitMQError) -> [Work] {
        state.withLock { state in
            if state.ended == nil { state.ended = error }
            let work = state.work
            state.work = []
            return work
        }
    }
}
