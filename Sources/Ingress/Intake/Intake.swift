internal import API
internal import RabbitMQ
internal import Runtime
internal import Ticketing
internal import Wire

/// Everything that an ingress knows of the commands of one line that it took: gathered, on their way, accepted, and who
/// waits for them. No I/O and no clock: each event returns what is to be done, and a `Reception` does it.
struct Intake<Waiter: Sendable> {
    typealias Answer = IntakeAnswer<Waiter>

    struct Bounds: Sendable {
        /// Commands of a partition that are undecided, over all ingresses.
        var perPartition = 200_000
        /// Commands that are undecided, here.
        var total = 500_000
        /// Reservations that would be decided later are turned away.
        var usefulWait = Duration.seconds(60)
        /// A map of partitions that was not confirmed for so long is not published under, where keys can move.
        var mapTrust = Duration.seconds(2)
        /// After how long the journal is asked for a decision that somebody waits for.
        var askAfter = Duration.milliseconds(500)
    }

    /// A message for the publisher.
    struct Departure: Sendable {
        let partition: Int
        let serial: UInt64
        let bytes: [UInt8]
    }

    /// A command with the one who sent it.
    struct Arrival: Sendable {
        var id: CommandId
        /// See `Entry.key`.
        var key: EventId
        /// Whether it is turned away before others, when much is waiting: who wants something new comes behind those
        /// who bring something to its end.
        var isFirstToGo: Bool
        /// As it is published.
        var line: [UInt8]
        /// Where the id was made from a key that others may use again.
        var keyed: Entry<Waiter>.Keyed?
        var waiter: Waiter
        /// In whole seconds, at most `Intake.longestWait`.
        var wait: Int
    }

    let line: Line
    let bounds: Bounds
    var loads: Loads
    private(set) var map: RouteMap?
    private var mapConfirmedAt: MonotonicTime?
    /// The newest map whose forerunners nothing is on its way under any more.
    private(set) var confirmedMap: Int64 = 0
    /// A newer map, and the messages that must be settled before it can be said that the old one is not used any more.
    private var unconfirmedMap: (version: Int64, marks: [Int: UInt64])?
    private var lanes: [Lane<Waiter>] = []
    private var entries: [CommandId: Entry<Waiter>] = [:]
    private(set) var accepted: UInt64 = 0
    private(set) var isBrokerUp = false
    private var undecided = 0
    private var isStopping = false
    /// Commands that were published to a partition which had let go of their event.
    private var displaced: [Entry<Waiter>] = []
    /// Commands that may have been: their events have moved, and nothing is heard of them.
    private var suspected: [Entry<Waiter>] = []
    /// Where decisions are not numbered by partitions: the highest number that was seen of each key.
    private var numbers: [EventId: UInt64] = [:]
    /// Who is told that it takes longer, by how long they wait: each in the order of their deadlines.
    private var deadlines: [Fifo<(id: CommandId, at: MonotonicTime)>]
    /// Whose decisions the journal is asked for, by how often it was.
    private var asking: [Fifo<(id: CommandId, at: MonotonicTime)>]

    static var longestWait: Int { 60 }
    /// How long until the journal is asked again, in multiples of the first time.
    private static var patience: [Int] { [1, 2, 4, 8, 16, 32, 60] }
    /// No longer than this, whatever the first time is.
    private static var mostPatience: Duration { .seconds(30) }
    /// From which step on it is also asked for what nobody waits for.
    private static var stepForAbandoned: Int { 3 }
    static var mostAsked: Int { 2_000 }
    private static var mostNumbers: Int { 50_000 }
    /// How often the map is looked at for an event that has moved: some seconds, at a look every 20 ms.
    private static var mostTurns: Int { 250 }
    /// After so many questions in vain at the longest interval, a command is no longer counted as under way: its answer
    /// was one that is not journaled, or it is parked. Sent again, it is published again.
    private static var mostQuestions: Int { 3 }
    /// After how long without a rest a partition's rate is the most that it can do.
    private static var trustedAfter: Duration { .seconds(2) }

    init(name: String, line: Line = .seats, bounds: Bounds) {
        self.line = line
        self.bounds = bounds
        loads = Loads(name: name)
        deadlines = Array(repeating: Fifo(), count: Self.longestWait + 1)
        asking = Array(repeating: Fifo(), count: Self.patience.count)
    }

    var undecidedCount: Int { undecided }

    func isUnderWay(_ id: CommandId) -> Bool { entries[id] != nil }

    func key(of id: CommandId) -> EventId? { entries[id]?.key }

    // MARK: taking

    /// Takes a command in, or says why not. What is to leave at once is returned.
    ///
    /// - Parameter leavesAtOnce: false where more follows; `departures(for:)` lets it go then.
    @discardableResult
    mutating func take(
        _ arrival: Arrival, at now: MonotonicTime, wall: Timestamp, leavesAtOnce: Bool = true
    ) throws(IntakeFailure) -> Departure? {
        // Who stops lets nobody wait.
        let wait = isStopping ? 0 : arrival.wait
        let deadline = now + .seconds(wait)
        if let known = entries[arrival.id] {
            // Replies name ids, so what else has this id must not be published while it is out.
            guard let mine = arrival.keyed, known.keyed?.isSame(as: mine.body) == true else { throw .keyReused }
            // Who does not wait is told at once where the broker has the command, else with its confirm.
            known.waiters.append(Waiting(waiter: arrival.waiter, deadline: deadline, isRepeat: true))
            deadlines[wait].append((arrival.id, deadline))
            return nil
        }
        let partition = try partition(for: arrival, at: now)
        try admit(to: partition, isFirstToGo: arrival.isFirstToGo, at: now, wall: wall)
        let entry = Entry<Waiter>(
            id: arrival.id, partition: partition, key: arrival.key, line: arrival.line, keyed: arrival.keyed,
            takenAt: wall,
            decidedBefore: line.isNumberedByPartitions ? loads.decided(partition) : numbers[arrival.key] ?? 0,
            hasEarlyTimes: line == .seats)
        entry.waiters.append(Waiting(waiter: arrival.waiter, deadline: deadline, isRepeat: false))
        entries[arrival.id] = entry
        undecided += 1
        if arrival.wait > 0 { deadlines[arrival.wait].append((arrival.id, deadline)) }
        asking[0].append((arrival.id, now + bounds.askAfter))
        lanes[partition].add(entry, at: now)
        guard leavesAtOnce else { return nil }
        let departures = departures(from: partition, at: now)
        assert(departures.count <= 1, "one command fills no two messages")
        return departures.first
    }

    /// What may leave for the partitions of these keys.
    mutating func departures(for keys: Set<EventId>, at now: MonotonicTime) -> [Departure] {
        guard let map else { return [] }
        return Set(keys.map { map.partition(of: $0) }).sorted().flatMap { departures(from: $0, at: now) }
    }

    /// Another one waits for a command that is here.
    mutating func wait(for id: CommandId, _ waiter: Waiter, seconds: Int, at now: MonotonicTime) -> Bool {
        guard let entry = entries[id], entry.phase == .accepted else { return false }
        let seconds = isStopping ? 0 : seconds
        let deadline = now + .seconds(seconds)
        entry.waiters.append(Waiting(waiter: waiter, deadline: deadline, isRepeat: false))
        deadlines[seconds].append((id, deadline))
        return true
    }

    private func partition(for arrival: Arrival, at now: MonotonicTime) throws(IntakeFailure) -> Int {
        guard !isStopping else { throw .unavailable("This process is stopping; another one takes requests.") }
        guard isBrokerUp else { throw .brokerAway }
        guard let map, isMapFresh(at: now) else { throw line.hasNoMap }
        let partition = map.partition(of: arrival.key)
        guard lanes.indices.contains(partition) else {
            throw .unavailable("The event's partition is not known here yet.")
        }
        return partition
    }

    /// Whether commands may be published under the map. Where no key ever moves, it is good once it is known.
    func isMapFresh(at now: MonotonicTime) -> Bool {
        mapConfirmedAt.map { now - $0 <= bounds.mapTrust || !line.hasMoves } ?? false
    }

    private func admit(
        to partition: Int, isFirstToGo: Bool, at now: MonotonicTime, wall: Timestamp
    ) throws(IntakeFailure) {
        let waiting = lanes[partition].undecided + loads.waitingElsewhere(partition, at: wall)
        let share = isFirstToGo ? 5 : 4
        guard waiting * share < bounds.perPartition * 4, undecided * share < bounds.total * 4 else {
            throw .overloaded(retryAfter: retryAfter(partition, waiting, wall))
        }
        // A partition that had little to do says nothing of how fast it can be.
        guard isFirstToGo, let since = lanes[partition].busySince, now - since >= Self.trustedAfter,
            let eta = loads.seconds(for: waiting, in: partition, at: wall)
        else { return }
        if .seconds(eta) > bounds.usefulWait { throw .overloaded(retryAfter: retryAfter(partition, waiting, wall)) }
    }

    /// When a fifth of what waits will have been decided.
    private func retryAfter(_ partition: Int, _ waiting: Int, _ wall: Timestamp) -> Int {
        min(60, max(1, loads.seconds(for: waiting / 5, in: partition, at: wall) ?? 1))
    }

    private mutating func departures(from partition: Int, at now: MonotonicTime) -> [Departure] {
        // Not under a map that may be out of date by now, however fresh it was when the commands came.
        guard lanes.indices.contains(partition), isMapFresh(at: now) else { return [] }
        var departures: [Departure] = []
        while let parcel = lanes[partition].next() {
            departures.append(Departure(partition: partition, serial: parcel.serial, bytes: parcel.bytes))
        }
        return departures
    }

    // MARK: what the broker says

    mutating func brokerCameUp() { isBrokerUp = true }

    /// The broker is away or takes nothing: what has not left is not sent any more.
    mutating func brokerWentDown() -> [Answer] {
        isBrokerUp = false
        var answers: [Answer] = []
        for partition in lanes.indices where !lanes[partition].isIdle {
            for entry in lanes[partition].withdraw() {
                fail(entry, .brokerAway, &answers)
            }
        }
        return answers
    }

    /// The broker has a message safely.
    mutating func confirmed(_ tag: ParcelTag, at now: MonotonicTime, wall: Timestamp) -> ([Answer], [Departure]) {
        guard let parcel = lanes[tag.partition].settle(tag.serial) else { return ([], []) }
        var answers: [Answer] = []
        accepted += UInt64(parcel.entries.count)
        for entry in parcel.entries where !entry.isForgotten {
            entry.phase = .accepted
            entry.acceptedAt = wall
            settleImpatient(entry, at: now, wall: wall, &answers)
        }
        noteSettled()
        return (answers, departures(from: tag.partition, at: now))
    }

    mutating func failed(
        _ tag: ParcelTag, _ failure: IntakeFailure, at now: MonotonicTime
    ) -> ([Answer], [Departure]) {
        guard let parcel = lanes[tag.partition].settle(tag.serial) else { return ([], []) }
        var answers: [Answer] = []
        for entry in parcel.entries where !entry.isForgotten { fail(entry, failure, &answers) }
        noteSettled()
        return (answers, departures(from: tag.partition, at: now))
    }

    /// What a message's fate means for those whose commands it has.
    func failure(for reason: PublishFailure.Reason, of tag: ParcelTag, wall: Timestamp) -> IntakeFailure {
        switch reason {
        case .rejected:
            .overloaded(retryAfter: retryAfter(tag.partition, lanes[tag.partition].undecided, wall))
        case .returned: .unavailable("The partition's queue is away: nothing can be accepted for it.")
        case .unconfirmed, .lost: .outcomeUnknown
        }
    }

    private mutating func fail(_ entry: Entry<Waiter>, _ failure: IntakeFailure, _ answers: inout [Answer]) {
        forget(entry)
        for waiting in entry.waiters {
            answers.append(
                Answer(
                    waiter: waiting.waiter, command: entry.id, partition: entry.partition, result: .failed(failure)))
        }
    }

    private mutating func forget(_ entry: Entry<Waiter>) {
        guard let index = entries.index(forKey: entry.id) else { return }
        forget(entry, at: index)
    }

    private mutating func forget(_ entry: Entry<Waiter>, at index: Dictionary<CommandId, Entry<Waiter>>.Index) {
        entries.remove(at: index)
        entry.isForgotten = true
        lanes[entry.partition].forget()
        undecided -= 1
    }

    // MARK: decisions

    /// A command is decided, by a reply or by the journal.
    ///
    /// - Parameter payload: what the journal has under the id; nil for a reply, whose worker has compared it.
    mutating func decided(
        _ id: CommandId, _ decision: Answer.Decided, isReplayed: Bool, journaled payload: [UInt8]? = nil,
        _ answers: inout [Answer]
    ) {
        guard let index = entries.index(forKey: id) else { return }
        let entry = entries[index].value
        if decision.hasMoved, !isReplayed {
            // Nothing was decided, and the id is not used up: it goes where the event is now. Unless it is there, and
            // this was said of it before.
            if !entry.isSentOn || map?.partition(of: entry.key) != entry.partition { displaced.append(entry) }
            return
        }
        forget(entry, at: index)
        if !line.isNumberedByPartitions { note(decision, of: entry.key) }
        guard !entry.waiters.isEmpty else { return }
        if let payload, let keyed = entry.keyed, !keyed.isJournaled(as: payload) {
            for waiting in entry.waiters {
                answers.append(
                    Answer(
                        waiter: waiting.waiter, command: id, partition: entry.partition, result: .failed(.keyReused)))
            }
            return
        }
        // A reply says it itself.
        let isOld =
            payload == nil ? isReplayed : entry.isReplayed(decision.body.withUnsafeBytes { DecisionTail(of: $0) })
        for waiting in entry.waiters {
            answers.append(
                Answer(
                    waiter: waiting.waiter, command: id, partition: entry.partition,
                    result: .decided(decision, isReplayed: isOld || waiting.isRepeat)))
        }
    }

    private mutating func note(_ decision: Answer.Decided, of key: EventId) {
        guard let tail = decision.body.withUnsafeBytes({ DecisionTail(of: $0) }) else { return }
        if numbers.count >= Self.mostNumbers, numbers[key] == nil { numbers = [:] }
        numbers[key] = max(numbers[key] ?? 0, tail.sequence)
    }

    // MARK: time

    /// Sends on what came to a partition that its event had left, once the map says where it is; gives back what was
    /// gathered under a map that cannot be confirmed any more.
    mutating func tidy(at now: MonotonicTime) -> ([Answer], [Departure]) {
        var answers: [Answer] = []
        guard isMapFresh(at: now), let map else {
            for partition in lanes.indices where lanes[partition].hasWaiting {
                for entry in lanes[partition].withdraw() { fail(entry, .databaseAway, &answers) }
            }
            return (answers, [])
        }
        var departures: [Departure] = []
        let (moved, lost) = (displaced, suspected)
        displaced = []
        suspected = []
        // Where this is not so after all, or nothing can be sent, it is asked for again.
        for entry in lost where !entry.isForgotten { _ = sendOn(entry, map, at: now, &departures) }
        for entry in moved where !entry.isForgotten {
            if sendOn(entry, map, at: now, &departures) {
                continue
            } else if entry.turns < Self.mostTurns {
                entry.turns += 1
                displaced.append(entry)
            } else {
                fail(entry, .unavailable("The event is on its way to another partition: send it again."), &answers)
            }
        }
        return (answers, departures)
    }

    /// - Returns: false where its event is not known to be elsewhere, or nothing can be sent there.
    private mutating func sendOn(
        _ entry: Entry<Waiter>, _ map: RouteMap, at now: MonotonicTime, _ departures: inout [Departure]
    ) -> Bool {
        let partition = map.partition(of: entry.key)
        guard partition != entry.partition, entry.phase == .accepted, isBrokerUp, lanes.indices.contains(partition)
        else { return false }
        lanes[entry.partition].forget()
        entry.partition = partition
        entry.phase = .unconfirmed
        entry.expected = 0
        entry.wasAsked = false
        entry.isSentOn = true
        lanes[partition].add(entry, at: now)
        departures += self.departures(from: partition, at: now)
        return true
    }

    /// Tells those whose wait is over.
    mutating func expire(at now: MonotonicTime, wall: Timestamp) -> [Answer] {
        var answers: [Answer] = []
        for wait in deadlines.indices {
            while let first = deadlines[wait].first, first.at <= now {
                _ = deadlines[wait].popFirst()
                if let entry = entries[first.id] { settleImpatient(entry, at: now, wall: wall, &answers) }
            }
        }
        return answers
    }

    /// Nobody is told that his request is pending before the broker has it.
    private mutating func settleImpatient(
        _ entry: Entry<Waiter>, at now: MonotonicTime, wall: Timestamp, _ answers: inout [Answer]
    ) {
        guard entry.phase == .accepted, entry.waiters.contains(where: { $0.deadline <= now }) else { return }
        if entry.expected == 0, line.isNumberedByPartitions {
            let waiting =
                lanes[entry.partition].waiting(upTo: entry) + loads.waitingElsewhere(entry.partition, at: wall)
            entry.expected = loads.expected(entry.partition, behind: waiting)
        }
        let standing = loads.standing(of: entry.expected, in: entry.partition, at: wall)
        for waiting in entry.waiters where waiting.deadline <= now {
            let pending = Answer.Pending(
                expected: entry.expected, acceptedAt: entry.acceptedAt ?? wall, position: standing.position,
                etaSeconds: standing.etaSeconds)
            answers.append(
                Answer(
                    waiter: waiting.waiter, command: entry.id, partition: entry.partition, result: .pending(pending)))
        }
        entry.waiters.removeAll { $0.deadline <= now }
    }

    /// Commands whose decisions should have been told by now: for the journal.
    mutating func overdue(at now: MonotonicTime) -> [CommandId] {
        var ids: [CommandId] = []
        for step in asking.indices {
            while let first = asking[step].first, first.at <= now, ids.count < Self.mostAsked {
                _ = asking[step].popFirst()
                guard let entry = entries[first.id] else { continue }
                let next = min(step + 1, Self.patience.count - 1)
                if next == step { entry.questions += 1 }
                if entry.questions > Self.mostQuestions, entry.waiters.isEmpty, entry.phase == .accepted {
                    forget(entry)
                    continue
                }
                asking[next].append((first.id, now + min(bounds.askAfter * Self.patience[next], Self.mostPatience)))
                guard entry.phase == .accepted else { continue }
                // Sent to both partitions, it is decided once: the new owner begins when the old one has had its last
                // word, and looks into the journal for what it does not know.
                if entry.wasAsked, map?.partition(of: entry.key) != entry.partition { suspected.append(entry) }
                if !entry.waiters.isEmpty || step >= Self.stepForAbandoned {
                    entry.wasAsked = true
                    ids.append(first.id)
                }
            }
        }
        return ids
    }

    /// Replies may have been lost: the journal is asked for everything.
    mutating func repliesMayBeLost(at now: MonotonicTime) {
        asking = Array(repeating: Fifo(), count: Self.patience.count)
        for id in entries.keys { asking[Self.stepForAbandoned].append((id, now)) }
    }

    // MARK: the map

    /// A map has been read from the database.
    ///
    /// - Parameter since: before it was asked for.
    mutating func adopt(_ newer: RouteMap, since: MonotonicTime) {
        mapConfirmedAt = since
        guard let map else {
            self.map = newer
            confirmedMap = newer.version
            lanes = Array(repeating: Lane(), count: newer.partitions)
            return
        }
        guard newer.version != map.version, newer.partitions == map.partitions else { return }
        var marks: [Int: UInt64] = unconfirmedMap?.marks ?? [:]
        for partition in newer.abandoned(from: map) {
            lanes[partition].seal()
            marks[partition] = lanes[partition].lastSerial
        }
        self.map = newer
        unconfirmedMap = (newer.version, marks)
        noteSettled()
    }

    private mutating func noteSettled() {
        guard let newer = unconfirmedMap else { return }
        guard newer.marks.allSatisfy({ lanes[$0.key].unsettledFrom > $0.value }) else { return }
        confirmedMap = newer.version
        unconfirmedMap = nil
    }

    // MARK: the others

    func load(at wall: Timestamp) -> IngressLoad {
        IngressLoad(
            name: loads.name, at: Time(microseconds: wall.microseconds),
            waiting: lanes.indices.compactMap {
                lanes[$0].undecided > 0 ? IngressLoad.Waiting(partition: $0, count: lanes[$0].undecided) : nil
            }, accepted: accepted)
    }

    /// Takes nothing more; whose command is accepted, or will be, waits no longer.
    mutating func drain(at now: MonotonicTime, wall: Timestamp) -> [Answer] {
        isStopping = true
        var answers: [Answer] = []
        for entry in entries.values {
            entry.waiters = entry.waiters.map { Waiting(waiter: $0.waiter, deadline: now, isRepeat: $0.isRepeat) }
            settleImpatient(entry, at: now, wall: wall, &answers)
        }
        return answers
    }
}
