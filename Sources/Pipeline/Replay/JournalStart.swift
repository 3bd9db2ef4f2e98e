public import Ticketing

/// Where a journal begins whose first weeks are gone: how far the partitions had come, and the events as they were.
public struct JournalStart: Sendable {
    public var heads: [PartitionHead]
    public var events: [Event]

    public struct Event: Sendable {
        public var partition: Int
        /// Set where the partition had let go of it for another one, which had not taken it up.
        public var movingTo: Int?
        public var state: EventState

        public init(partition: Int, movingTo: Int? = nil, state: EventState) {
            self.partition = partition
            self.movingTo = movingTo
            self.state = state
        }
    }

    /// The very beginning, unless something else is said.
    public init(heads: [PartitionHead] = [], events: [Event] = []) {
        self.heads = heads
        self.events = events
    }
}
