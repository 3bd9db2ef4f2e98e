public import Ticketing

/// What an ingress has taken and has no decision of, in its own words.
public struct IngressLoad: Hashable, Sendable {
    /// What commands have as `replyTo`.
    public var name: String
    public var at: Time
    /// Where there are any, in the order of the partitions.
    public private(set) var waiting: [Waiting]
    /// Commands that the broker has confirmed to it since it started.
    public var accepted: UInt64

    /// Commands for one partition that the ingress has taken and nobody has decided, as far as it knows: those that the
    /// broker has confirmed, and those that are gathered or on their way to it, which come before others' newer ones.
    public struct Waiting: Hashable, Sendable {
        public var partition: Int
        public var count: Int

        public init(partition: Int, count: Int) {
            self.partition = partition
            self.count = count
        }
    }

    /// - Parameter waiting: in any order, each partition once; those with nothing are left out.
    public init(name: String, at: Time, waiting: [Waiting], accepted: UInt64) {
        self.name = name
        self.at = at
        self.waiting = waiting.filter { $0.count > 0 }.sorted { $0.partition < $1.partition }
        self.accepted = accepted
    }
}

extension JSONWriter {
    mutating func ingress(_ ingress: IngressLoad) {
        beginObject()
        key("name")
        string(ingress.name)
        field("at", ingress.at)
        array("waiting", ingress.waiting) { writer, waiting in
            writer.beginArray()
            writer.integer(waiting.partition)
            writer.element()
            writer.integer(waiting.count)
            writer.endArray()
        }
        field("accepted", ingress.accepted)
        endObject()
    }
}

extension Form {
    mutating func ingress(_ node: Int) -> IngressLoad? {
        guard var ingress = object(node) else { return nil }
        let name = required("name", in: &ingress) { $0.replyTo($1) }
        let at = required("at", in: &ingress) { $0.time($1) }
        let waiting = required("waiting", in: &ingress) { $0.waiting($1) }
        let accepted = required("accepted", in: &ingress) { $0.integer($1, LoadLine.counters) }
        finish(ingress)
        guard let name, let at, let waiting, let accepted else { return nil }
        return IngressLoad(name: name, at: at, waiting: waiting, accepted: UInt64(accepted))
    }

    /// In ascending order, and none with nothing: the same counts have one form.
    private mutating func waiting(_ node: Int) -> [IngressLoad.Waiting]? {
        var next = 0
        return array(node, 0...LoadLine.partitions.count) { form, pair -> IngressLoad.Waiting? in
            guard let numbers = form.array(pair, 2...2, { $0.count($1, LoadLine.amounts) }) else { return nil }
            guard numbers[0] >= next, LoadLine.partitions.contains(numbers[0]), numbers[1] > 0 else {
                form.problem(pair, "must be a partition behind the one before, and a count that is not 0")
                return nil
            }
            next = numbers[0] + 1
            return IngressLoad.Waiting(partition: numbers[0], count: numbers[1])
        }
    }
}
