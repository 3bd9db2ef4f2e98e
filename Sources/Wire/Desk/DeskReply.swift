public import Desk
public import Ticketing

/// Where and when a desk's decision was made: what makes its answer complete.
public struct DeskStamp: Hashable, Sendable {
    public var tenant: TenantId
    public var partition: Int
    public var sequence: UInt64
    public var decidedAt: Time

    public init(tenant: TenantId, partition: Int, sequence: UInt64, decidedAt: Time) {
        self.tenant = tenant
        self.partition = partition
        self.sequence = sequence
        self.decidedAt = decidedAt
    }

    /// Appends an answer that is no decision of the rule book: an object of these members, with the one that says where
    /// and when, as every answer has it.
    public func appendReply(members: some Collection<UInt8>, to bytes: inout [UInt8]) {
        appendReply(to: &bytes) { $0.raw(members) }
    }

    fileprivate func appendReply(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.beginObject()
        members(&writer)
        writer.decision(partition: partition, sequence: sequence, decidedAt: decidedAt)
        writer.endObject()
        bytes = writer.bytes
    }
}

extension DeskDecision {
    /// The status that a route answers with.
    public var status: Int {
        switch outcome {
        case .refused(let refusal): refusal.status
        case .accountRequested, .created, .allocated: 201
        case .accountReady, .settingsChanged, .softAssigned, .cancelled, .resolved, .slotsLapsed, .minuteBegan: 200
        }
    }

    /// Appends the body that a route answers with. It is stored and given again to whoever asks again, so the same
    /// decision with the same stamp gives the same bytes in every process.
    ///
    /// That an account was requested is told as if it were ready, because nobody is told before it is.
    public func appendReply(_ stamp: DeskStamp, to bytes: inout [UInt8]) {
        stamp.appendReply(to: &bytes) { $0.answer(self, stamp.tenant) }
    }
}
