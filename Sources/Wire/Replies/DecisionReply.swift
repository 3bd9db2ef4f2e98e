public import Ticketing

/// Where and when a decision was made: what makes its answer complete.
public struct DecisionStamp: Hashable, Sendable {
    public var event: EventId
    /// The event's; nil where there is no such event, and then nothing in an answer is money.
    public var currency: Currency?
    public var partition: Int
    public var sequence: UInt64
    public var decidedAt: Time

    public init(event: EventId, currency: Currency?, partition: Int, sequence: UInt64, decidedAt: Time) {
        self.event = event
        self.currency = currency
        self.partition = partition
        self.sequence = sequence
        self.decidedAt = decidedAt
    }
}

extension Decision {
    /// The status that a route answers with.
    public var status: Int {
        switch outcome {
        case .refused(let refusal): refusal.status
        case .eventCreated, .showAdded, .reserved, .joined, .checkedOut, .refunded: 201
        case .eventChanged, .eventCancelled, .showCancelled, .blocked, .unblocked, .extended, .released, .left, .paid,
            .bookingCancelled, .refundSettled, .admitted, .holdEnded, .offered, .entryEnded, .gatheringEnded, .unwound:
            200
        }
    }

    /// Appends the body that a route answers with. It is stored and given again to whoever asks again, so the same
    /// decision with the same stamp gives the same bytes in every process.
    public func appendReply(_ stamp: DecisionStamp, to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.beginObject()
        if case .refused(let refusal) = outcome {
            writer.problem(refusal, event: stamp.event)
        } else {
            writer.answer(outcome, stamp)
        }
        writer.decision(stamp)
        writer.endObject()
        bytes = writer.bytes
    }
}

extension DecisionStamp {
    /// Appends an answer that is no decision of the rule book: an object of these members, with the one that says where
    /// and when, as every answer has it.
    public func appendReply(members: some Collection<UInt8>, to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.beginObject()
        writer.raw(members)
        writer.decision(self)
        writer.endObject()
        bytes = writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func decision(_ stamp: DecisionStamp) {
        decision(partition: stamp.partition, sequence: stamp.sequence, decidedAt: stamp.decidedAt)
    }

    /// What every decided answer ends with: whoever passes it on reads it from the end.
    mutating func decision(partition: Int, sequence: UInt64, decidedAt: Time) {
        object("decision") {
            $0.field("partition", partition)
            $0.key("sequence")
            $0.number(sequence)
            $0.field("decidedAt", decidedAt)
        }
    }
}
