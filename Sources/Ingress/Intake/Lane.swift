internal import RabbitMQ
internal import Runtime
internal import Ticketing
internal import Wire

/// One partition as an ingress sees it: what it has gathered for it, what is on its way, and how much is undecided.
///
/// While a message is unconfirmed, further commands gather and leave together: the busier the broker, the larger the
/// messages, and nothing waits at rest.
struct Lane<Waiter: Sendable> {
    /// Commands that leave in one message.
    struct Parcel {
        let serial: UInt64
        let bytes: [UInt8]
        let entries: [Entry<Waiter>]
    }

    /// Messages without a confirm at a time: the second is on its way while the first is written to disk.
    static var mostOnTheWay: Int { 2 }

    private var gathered: [UInt8] = []
    private var gatheredEntries: [Entry<Waiter>] = []
    private var waiting = Fifo<Parcel>()
    private var onTheWay: [Parcel] = []
    private var nextSerial: UInt64 = 1
    /// Commands that are here or accepted, and undecided.
    private(set) var undecided = 0
    /// Commands that were taken so far, and of them those that are here no longer.
    private var taken: UInt64 = 0
    private var gone: UInt64 = 0
    /// Since when there was always something undecided.
    private(set) var busySince: MonotonicTime?

    var isIdle: Bool { onTheWay.isEmpty && waiting.isEmpty && gatheredEntries.isEmpty }
    /// Whether something has not left yet.
    var hasWaiting: Bool { !waiting.isEmpty || !gatheredEntries.isEmpty }
    var lastSerial: UInt64 { nextSerial - 1 }

    /// The oldest message that is not settled; the next one to be made where there is none.
    var unsettledFrom: UInt64 { onTheWay.map(\.serial).min() ?? waiting.first?.serial ?? nextSerial }

    mutating func add(_ entry: Entry<Waiter>, at now: MonotonicTime) {
        let line = entry.line
        if gatheredEntries.count >= WireFormat.mostLines
            || !gathered.isEmpty && gathered.count + line.count > WireFormat.longestMessage
        {
            seal()
        }
        if gathered.isEmpty { gathered = line } else { gathered += line }
        gatheredEntries.append(entry)
        if undecided == 0 { busySince = now }
        undecided += 1
        taken += 1
        entry.ordinal = taken
    }

    /// A command is decided, or was not taken after all.
    mutating func forget() {
        undecided -= 1
        gone += 1
        if undecided == 0 { busySince = nil }
    }

    /// How many of this ingress' commands are undecided up to this one: they are decided nearly in their order.
    func waiting(upTo entry: Entry<Waiter>) -> Int { entry.ordinal > gone ? Int(entry.ordinal - gone) : 1 }

    /// What is gathered takes nothing more.
    mutating func seal() {
        guard !gatheredEntries.isEmpty else { return }
        waiting.append(Parcel(serial: nextSerial, bytes: gathered, entries: gatheredEntries))
        nextSerial += 1
        gathered = []
        gatheredEntries = []
    }

    /// The next message that may leave.
    mutating func next() -> Parcel? {
        guard onTheWay.count < Self.mostOnTheWay else { return nil }
        // A second one leaves only when it is full: else it would take what could gather for the next.
        if waiting.isEmpty && onTheWay.isEmpty { seal() }
        guard let parcel = waiting.popFirst() else { return nil }
        onTheWay.append(parcel)
        return parcel
    }

    /// A message has been reported on.
    mutating func settle(_ serial: UInt64) -> Parcel? {
        guard let index = onTheWay.firstIndex(where: { $0.serial == serial }) else { return nil }
        return onTheWay.remove(at: index)
    }

    /// Takes back what has not left.
    mutating func withdraw() -> [Entry<Waiter>] {
        seal()
        var entries: [Entry<Waiter>] = []
        while let parcel = waiting.popFirst() { entries += parcel.entries }
        return entries
    }
}

/// Names a message of a partition to the publisher.
struct ParcelTag {
    let partition: Int
    let serial: UInt64

    init(partition: Int, serial: UInt64) {
        self.partition = partition
        self.serial = serial
    }

    init(_ number: UInt64) {
        partition = Int(number >> 48)
        serial = number & 0xFFFF_FFFF_FFFF
    }

    var number: UInt64 { UInt64(partition) << 48 | serial & 0xFFFF_FFFF_FFFF }
}
