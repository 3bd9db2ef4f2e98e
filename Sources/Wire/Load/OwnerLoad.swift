public import Ticketing

/// How busy a partition is, in its owner's words.
public struct OwnerLoad: Hashable, Sendable {
    public var partition: Int
    /// The owner's: what an owner before it says counts for nothing.
    public var epoch: UInt64
    /// The partition's newest entry of the journal that is committed; 0 before the first.
    public var sequence: UInt64
    /// Commands decided in a second, over the last second or so; 0 when there are none.
    public var rate: Int
    /// How long the oldest command that is not answered has been in the owner's hands; 0 when there is none. How long
    /// it was in the queue before, the owner does not know.
    public var headAgeMilliseconds: Int
    /// By the partition's clock.
    public var at: Time

    public init(partition: Int, epoch: UInt64, sequence: UInt64, rate: Int, headAgeMilliseconds: Int, at: Time) {
        self.partition = partition
        self.epoch = epoch
        self.sequence = sequence
        self.rate = rate
        self.headAgeMilliseconds = headAgeMilliseconds
        self.at = at
    }
}

extension JSONWriter {
    mutating func owner(_ owner: OwnerLoad) {
        beginObject()
        field("partition", owner.partition)
        field("epoch", owner.epoch)
        field("sequence", owner.sequence)
        field("rate", owner.rate)
        field("headAgeMs", owner.headAgeMilliseconds)
        field("at", owner.at)
        endObject()
    }
}

extension Form {
    mutating func owner(_ node: Int) -> OwnerLoad? {
        guard var owner = object(node) else { return nil }
        let partition = required("partition", in: &owner) { $0.count($1, LoadLine.partitions) }
        let epoch = required("epoch", in: &owner) { $0.integer($1, LoadLine.counters) }
        let sequence = required("sequence", in: &owner) { $0.integer($1, LoadLine.counters) }
        let rate = required("rate", in: &owner) { $0.count($1, LoadLine.amounts) }
        let age = required("headAgeMs", in: &owner) { $0.count($1, LoadLine.amounts) }
        let at = required("at", in: &owner) { $0.time($1) }
        finish(owner)
        guard let partition, let epoch, let sequence, let rate, let age, let at else { return nil }
        return OwnerLoad(
            partition: partition, epoch: UInt64(epoch), sequence: UInt64(sequence), rate: rate,
            headAgeMilliseconds: age, at: at)
    }
}
