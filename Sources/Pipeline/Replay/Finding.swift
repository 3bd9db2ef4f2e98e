public import Ticketing
internal import Wire

/// Something in the journal or the tables that cannot be, and where it stands.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, RawRepresentable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        // The journal by itself.
        /// A batch or an entry is left out, or there twice.
        public static let gap = Code(rawValue: "gap")
        public static let epoch = Code(rawValue: "epoch-went-back")
        public static let time = Code(rawValue: "time-went-back")
        /// The entries are not those that the root was made of.
        public static let root = Code(rawValue: "wrong-root")
        public static let chain = Code(rawValue: "broken-chain")
        public static let key = Code(rawValue: "unknown-key")
        public static let signature = Code(rawValue: "wrong-signature")
        public static let rules = Code(rawValue: "unknown-rules")
        /// What the partition's row says is not what its last batch says.
        public static let tail = Code(rawValue: "wrong-tail")
        public static let twice = Code(rawValue: "decided-twice")
        public static let form = Code(rawValue: "unreadable")

        // The journal against the rule book.
        public static let reply = Code(rawValue: "other-reply")
        public static let status = Code(rawValue: "other-status")
        public static let writes = Code(rawValue: "other-writes")
        /// Something else was journaled than the rules give at this place.
        public static let order = Code(rawValue: "other-order")
        public static let move = Code(rawValue: "wrong-move")
        /// An event is decided by a partition that does not have it.
        public static let partition = Code(rawValue: "wrong-partition")
        /// The tables hold another state than the journal leads to.
        public static let state = Code(rawValue: "other-state")

        // The promises.
        public static let place = Code(rawValue: "place-sold-twice")
        public static let limit = Code(rawValue: "limit-exceeded")
        public static let line = Code(rawValue: "out-of-turn")
        public static let effect = Code(rawValue: "effect-without-decision")
        public static let money = Code(rawValue: "money")

        // The promises of desks.
        /// An agent has two things to do at once, or there are more agents at work than there are.
        public static let slot = Code(rawValue: "slot-given-twice")
        /// What was told of tickets and what the tables have of them are not the same.
        public static let ticket = Code(rawValue: "ticket-without-answer")
        /// The directory says otherwise of an account than its own database.
        public static let account = Code(rawValue: "wrong-account")
        /// Its database does not answer, or nobody knows its server: what was not looked at is not well.
        public static let unseen = Code(rawValue: "not-looked-at")
    }

    public let code: Code
    public var partition: Int?
    public var batch: UInt64?
    public var sequence: UInt64?
    public var event: EventId?
    /// Whose database it was found in; nil of what lies in the installation's own.
    public var tenant: TenantId?
    public let text: String

    public init(
        _ code: Code, partition: Int? = nil, batch: UInt64? = nil, sequence: UInt64? = nil, event: EventId? = nil,
        _ text: String
    ) {
        self.code = code
        self.partition = partition
        self.batch = batch
        self.sequence = sequence
        self.event = event
        self.text = text
    }

    package init(_ code: Code, _ row: JournalRow, _ text: String) {
        self.init(
            code, partition: row.partition, batch: row.batchNumber, sequence: row.sequence, event: row.event, text)
    }

    package init(_ code: Code, _ batch: BatchRow, _ text: String) {
        self.init(code, partition: batch.partition, batch: batch.number, text)
    }

    public var description: String {
        var place: [String] = []
        if let tenant { place.append("tenant \(tenant.text)") }
        if let partition { place.append("partition \(partition)") }
        if let batch { place.append("batch \(batch)") }
        if let sequence { place.append("entry \(sequence)") }
        if let event { place.append("event \(event.text)") }
        return "\(code.rawValue): " + (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + text
    }
}

/// What was found: the first of it in full, and of the rest how many there were.
public struct Findings: Sendable, Hashable {
    public static let most = 50

    public private(set) var first: [Finding] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    public mutating func add(_ finding: Finding) {
        count += 1
        if first.count < Self.most { first.append(finding) }
    }

    /// Adds what was found in a tenant's database. There every entry is about the tenant itself.
    public mutating func add(_ other: Findings, of tenant: TenantId) {
        for finding in other.first {
            var named = finding
            named.tenant = tenant
            named.event = nil
            add(named)
        }
        count += other.count - other.first.count
    }

    public mutating func add(_ other: Findings) {
        for finding in other.first { add(finding) }
        count += other.count - other.first.count
    }
}
