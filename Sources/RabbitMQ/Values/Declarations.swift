/// An exchange to be declared.
public struct Exchange: Sendable {
    public struct Kind: Sendable, Hashable {
        public let name: String
        public init(name: String) { self.name = name }

        public static let direct = Kind(name: "direct")
        public static let topic = Kind(name: "topic")
        public static let fanout = Kind(name: "fanout")
        public static let headers = Kind(name: "headers")
    }

    public var name: String
    public var kind: Kind
    /// Whether it survives a restart of the broker.
    public var isDurable: Bool
    /// Whether it goes with its last binding.
    public var isAutoDelete: Bool
    /// Whether only other exchanges may publish to it.
    public var isInternal: Bool
    public var arguments: FieldTable

    public init(
        _ name: String, kind: Kind, isDurable: Bool = true, isAutoDelete: Bool = false, isInternal: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.name = name
        self.kind = kind
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isInternal = isInternal
        self.arguments = arguments
    }
}

/// A queue to be declared. An empty name lets the broker choose one.
public struct Queue: Sendable {
    public var name: String
    /// Whether it survives a restart of the broker.
    public var isDurable: Bool
    /// Whether it belongs to this connection and goes with it. Quorum queues do not know this.
    public var isExclusive: Bool
    /// Whether it goes with its last consumer.
    public var isAutoDelete: Bool
    public var arguments: FieldTable

    public init(
        _ name: String, isDurable: Bool = true, isExclusive: Bool = false, isAutoDelete: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.name = name
        self.isDurable = isDurable
        self.isExclusive = isExclusive
        self.isAutoDelete = isAutoDelete
        self.arguments = arguments
    }

    /// What to do with a message that would make the queue longer than it may be.
    public enum Overflow: String, Sendable {
        /// Throw the oldest away.
        case dropHead = "drop-head"
        /// Refuse the new one: its publisher gets a nack.
        case rejectPublish = "reject-publish"
    }

    /// A replicated, durable queue: the kind for everything that must not be lost.
    ///
    /// - Parameter singleActiveConsumer: only one consumer gets messages; the others stand by.
    public static func quorum(
        _ name: String, singleActiveConsumer: Bool = false, maxLength: Int64? = nil, maxLengthBytes: Int64? = nil,
        overflow: Overflow? = nil, arguments: FieldTable = [:]
    ) -> Queue {
        var arguments = arguments
        arguments["x-queue-type"] = "quorum"
        if singleActiveConsumer { arguments["x-single-active-consumer"] = true }
        if let maxLength { arguments["x-max-length"] = .int64(maxLength) }
        if let maxLengthBytes { arguments["x-max-length-bytes"] = .int64(maxLengthBytes) }
        if let overflow { arguments["x-overflow"] = .string(overflow.rawValue) }
        return Queue(name, arguments: arguments)
    }

    /// A queue of this connection alone, under a name that the broker chooses: for replies and changes.
    public static func exclusive(_ name: String = "", arguments: FieldTable = [:]) -> Queue {
        Queue(name, isDurable: false, isExclusive: true, isAutoDelete: true, arguments: arguments)
    }
}

/// What the broker said of a queue.
public struct QueueStatus: Sendable, Hashable {
    public let name: String
    /// Messages ready to be delivered.
    public let messages: Int
    public let consumers: Int
}
