internal import Runtime

/// The messages of one publisher that the broker has not yet settled, in the order in which they were sent. Pure.
///
/// The broker numbers a channel's publishes from 1; so does this. A number that has timed out keeps its place until the
/// broker settles it, so the bound holds even when the broker is silent.
struct ConfirmWindow {
    struct Message {
        var tag: UInt64
        /// Exchange and routing key.
        var route: Fingerprint
        /// The whole message.
        var content: Fingerprint
        var isMandatory: Bool
    }

    private enum State { case waiting, returned, expired, settled }

    private struct Entry {
        var message: Message
        var sentAt: MonotonicTime
        var state: State
    }

    /// How many messages may be unsettled at once.
    let capacity: Int
    /// How long the broker may take to settle one.
    let patience: Duration

    /// Grows to the capacity as it is used.
    private var ring: [Entry] = []
    private(set) var count = 0
    /// The number of the oldest unsettled message, or of the next one when there is none.
    private(set) var headNumber: UInt64 = 1
    /// Every entry with a lower number has been reported.
    private var oldestWaiting: UInt64 = 1
    private var returns: [UInt64: ReturnedMessage] = [:]

    init(capacity: Int, patience: Duration) {
        self.capacity = capacity
        self.patience = patience
    }

    var room: Int { capacity - count }
    /// The number that the next message gets.
    var nextNumber: UInt64 { headNumber + UInt64(count) }

    /// The next message has been handed to the connection.
    mutating func sent(_ message: Message, at time: MonotonicTime) {
        precondition(count < capacity, "the window is full")
        let entry = Entry(message: message, sentAt: time, state: .waiting)
        let index = index(of: nextNumber)
        if index == ring.count { ring.append(entry) } else { ring[index] = entry }
        count += 1
    }

    /// `basic.ack` or `basic.nack`. The number 0 with `isMultiple` means everything that was sent.
    mutating func settled(
        _ number: UInt64, isMultiple: Bool, isPositive: Bool, into results: inout PublishResults
    ) throws(ProtocolViolation) {
        let last = number == 0 && isMultiple ? nextNumber - 1 : number
        guard last < nextNumber else {
            throw ProtocolViolation(reason: "a confirm of message \(number), but only \(nextNumber - 1) were sent")
        }
        guard last >= headNumber else { return }
        for number in (isMultiple ? headNumber : last)...last {
            settle(number, isPositive: isPositive, into: &results)
        }
        while count > 0, ring[index(of: headNumber)].state == .settled {
            headNumber += 1
            count -= 1
        }
        oldestWaiting = max(oldestWaiting, headNumber)
        passReported()
    }

    /// Whether every message up to this number has been reported, one way or the other.
    func hasReported(through number: UInt64) -> Bool { oldestWaiting > number }

    private mutating func passReported() {
        while oldestWaiting < nextNumber {
            switch ring[index(of: oldestWaiting)].state {
            case .waiting, .returned: return
            case .expired, .settled: oldestWaiting += 1
            }
        }
    }

    private mutating func settle(_ number: UInt64, isPositive: Bool, into results: inout PublishResults) {
        let index = index(of: number)
        let tag = ring[index].message.tag
        switch ring[index].state {
        case .waiting where isPositive: results.confirmed.append(tag)
        case .waiting: results.failed.append(PublishFailure(tag: tag, reason: .rejected))
        case .returned: results.failed.append(PublishFailure(tag: tag, reason: returnReason(of: number)))
        case .expired, .settled: break
        }
        ring[index].state = .settled
    }

    /// `basic.return`, which comes before the confirm. Matches the oldest message that it can be.
    mutating func returned(_ message: ReturnedMessage, content: Fingerprint) throws(ProtocolViolation) {
        var route = Fingerprint()
        route.add(message.exchange)
        route.add(message.routingKey)
        // A broker may pass properties on in other bytes than it got them; then the route alone has to do.
        let number =
            firstMandatory { $0.content == content } ?? firstMandatory { $0.route == route }
        guard let number else {
            throw ProtocolViolation(reason: "a return of a message that was not published")
        }
        guard ring[index(of: number)].state == .waiting else { return }
        ring[index(of: number)].state = .returned
        returns[number] = message
    }

    private func firstMandatory(where matches: (Message) -> Bool) -> UInt64? {
        for number in headNumber..<nextNumber {
            let entry = ring[index(of: number)]
            guard entry.message.isMandatory, entry.state == .waiting || entry.state == .expired else { continue }
            if matches(entry.message) { return number }
        }
        return nil
    }

    /// When the oldest unsettled message runs out of time.
    var deadline: MonotonicTime? {
        oldestWaiting < nextNumber ? ring[index(of: oldestWaiting)].sentAt + patience : nil
    }

    /// Gives up what is older than the patience allows.
    mutating func expire(at now: MonotonicTime, into results: inout PublishResults) {
        while oldestWaiting < nextNumber {
            let index = index(of: oldestWaiting)
            guard ring[index].sentAt + patience <= now else { return }
            let reason = ring[index].state == .returned ? returnReason(of: oldestWaiting) : .unconfirmed
            results.failed.append(PublishFailure(tag: ring[index].message.tag, reason: reason))
            ring[index].state = .expired
            passReported()
        }
    }

    /// The channel is gone: nothing will be settled any more.
    mutating func end(_ error: RabbitMQError, into results: inout PublishResults) {
        for number in headNumber..<nextNumber {
            let entry = ring[index(of: number)]
            switch entry.state {
            case .waiting: results.failed.append(PublishFailure(tag: entry.message.tag, reason: .lost(error)))
            case .returned:
                results.failed.append(PublishFailure(tag: entry.message.tag, reason: returnReason(of: number)))
            case .expired, .settled: break
            }
        }
        headNumber = nextNumber
        oldestWaiting = nextNumber
        count = 0
    }

    private mutating func returnReason(of number: UInt64) -> PublishFailure.Reason {
        let message = returns.removeValue(forKey: number)
        return .returned(replyCode: message?.replyCode ?? 0, text: message?.text ?? "")
    }

    private func index(of number: UInt64) -> Int { Int((number - 1) % UInt64(capacity)) }
}
