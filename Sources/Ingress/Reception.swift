internal import API
internal import Pipeline
internal import RabbitMQ
internal import Runtime
internal import Synchronization
internal import Ticketing
internal import Wire

/// Where commands of one line are taken in. Does what the intake decides: publishes, answers, and tells it of what
/// happens. Every thread of an ingress meets here; nobody waits.
final class Reception: Sendable {
    let name: String
    let line: Line
    /// What commands are published to, and where it is told how busy all are.
    private let exchange: String
    private let loadExchange: String
    private let intake: Lock<Intake<Asker>>
    private let answers: Answers
    private let metrics: ReceptionMetrics
    private let time = SystemTime()
    private let publisher = Lock<Publisher?>(nil)
    private let connection = Lock<Connection?>(nil)
    /// What the publisher had no room for.
    private let unsent = Lock<[Intake<Asker>.Departure]>([])
    private let properties: MessageProperties

    /// - Parameters:
    ///   - name: what replies are sent to; another one for each line.
    ///   - user: the broker's user, who may speak for every tenant.
    init(
        name: String, line: Line = .seats, user: String, bounds: Intake<Asker>.Bounds, answers: Answers,
        metrics: ReceptionMetrics
    ) {
        self.name = name
        self.line = line
        exchange = line.exchange
        loadExchange = line.loadExchange
        self.answers = answers
        self.metrics = metrics
        intake = Lock(Intake(name: name, line: line, bounds: bounds))
        var properties = MessageProperties.persistent()
        properties.userID = user
        self.properties = properties
    }

    // MARK: what clients send

    /// Takes a command in; who waits for it is answered, now or later, unless this throws.
    func take(_ arrival: Intake<Asker>.Arrival) throws(IntakeFailure) {
        let departure: Intake<Asker>.Departure? = try intake.withLock { intake throws(IntakeFailure) in
            try intake.take(arrival, at: time.monotonic, wall: time.wall)
        }
        metrics.taken.add()
        if let departure { publish([departure]) }
    }

    /// Takes the command of a client's request, or answers why not.
    func take(_ arrival: Intake<Asker>.Arrival, of call: Call) {
        do throws(IntakeFailure) {
            try take(arrival)
        } catch {
            let id = answers.requestId(error, arrival.id, partition(of: arrival.key), call)
            call.refuse(Fault(error), requestId: id)
        }
    }

    /// Commands that leave together where they go to the same partition.
    ///
    /// - Returns: what became of each that was not taken, by its place.
    func take(_ arrivals: [Intake<Asker>.Arrival]) -> [(index: Int, failure: IntakeFailure)] {
        let (monotonic, wall) = (time.monotonic, time.wall)
        let (departures, failures) = intake.withLock { intake in
            var departures: [Intake<Asker>.Departure] = []
            var failures: [(index: Int, failure: IntakeFailure)] = []
            var keys: Set<EventId> = []
            var key: EventId?
            for index in arrivals.indices {
                // Many in a row are about the same one.
                if arrivals[index].key != key {
                    key = arrivals[index].key
                    keys.insert(arrivals[index].key)
                }
                do throws(IntakeFailure) {
                    try intake.take(arrivals[index], at: monotonic, wall: wall, leavesAtOnce: false)
                } catch {
                    failures.append((index, error))
                }
            }
            departures = intake.departures(for: keys, at: monotonic)
            return (departures, failures)
        }
        metrics.taken.add(arrivals.count - failures.count)
        publish(departures)
        return failures
    }

    /// Waits for a command that was taken here and is undecided.
    ///
    /// - Returns: false when it is none of those.
    func wait(for command: CommandId, _ asker: Asker, seconds: Int) -> Bool {
        intake.withLock { $0.wait(for: command, asker, seconds: seconds, at: time.monotonic) }
    }

    /// Whether a command was taken here and is undecided.
    func isUnderWay(_ command: CommandId) -> Bool { intake.withLock { $0.isUnderWay(command) } }

    func partition(of key: EventId) -> Int { intake.withLock { $0.map?.partition(of: key) ?? 0 } }

    func standing(of expected: UInt64, in partition: Int) -> (position: Int?, etaSeconds: Int?) {
        intake.withLock { $0.loads.standing(of: expected, in: partition, at: time.wall) }
    }

    // MARK: what the journal says

    func overdue() -> [CommandId] { intake.withLock { $0.overdue(at: time.monotonic) } }

    /// The same with what each is about.
    func overdueByKey() -> [(id: CommandId, key: EventId)] {
        intake.withLock { intake in
            intake.overdue(at: time.monotonic).compactMap { id in intake.key(of: id).map { (id, $0) } }
        }
    }

    func decided(_ found: [JournaledDecision]) {
        let answers = intake.withLock { intake in
            var answers: [IntakeAnswer<Asker>] = []
            for decision in found {
                intake.decided(
                    decision.id, .init(status: decision.status, body: decision.reply), isReplayed: false,
                    journaled: decision.payload, &answers)
            }
            return answers
        }
        give(answers)
    }

    // MARK: what the clock says

    func tick() {
        let (monotonic, wall) = (time.monotonic, time.wall)
        let (answers, departures) = intake.withLock { intake in
            let (failed, departures) = intake.tidy(at: monotonic)
            return (failed + intake.expire(at: monotonic, wall: wall), departures)
        }
        publish(departures)
        give(answers)
    }

    /// Says how much is waiting here.
    func tellLoad() {
        let load = intake.withLock { $0.load(at: time.wall) }
        var body: [UInt8] = []
        LoadLine.ingress(load).append(to: &body)
        let message = OutgoingMessage(
            exchange: loadExchange, routingKey: "", properties: MessageProperties(), body: body, isMandatory: false,
            tag: Self.noTag)
        // One that is lost is followed by the next.
        _ = try? publisher.withLock { $0 }?.publish(message)
    }

    /// Of messages that nobody waits for.
    private static let noTag = UInt64.max

    // MARK: the map

    func adopt(_ map: RouteMap, since: MonotonicTime) { intake.withLock { $0.adopt(map, since: since) } }
    var confirmedMap: Int64 { intake.withLock { $0.confirmedMap } }
    var ingresses: Int { intake.withLock { $0.loads.ingresses(at: time.wall) } }

    /// What keeps commands from being taken.
    var complaints: [String] {
        let (isBrokerUp, isMapFresh) = intake.withLock { ($0.isBrokerUp, $0.isMapFresh(at: time.monotonic)) }
        return (isBrokerUp ? [] : ["there is no connection to the broker"])
            + (isMapFresh ? [] : ["the map of partitions cannot be confirmed in the database"])
    }

    var undecided: Int { intake.withLock { $0.undecidedCount } }

    /// Takes nothing more, and tells those who wait for accepted commands that these are pending: any ingress can say
    /// what becomes of them.
    func drain() {
        let (monotonic, wall) = (time.monotonic, time.wall)
        give(intake.withLock { $0.drain(at: monotonic, wall: wall) })
    }

    // MARK: publishing

    func publisherOpened(_ publisher: Publisher, on connection: Connection) {
        self.publisher.withLock { $0 = publisher }
        self.connection.withLock { $0 = connection }
        intake.withLock { $0.brokerCameUp() }
        // Its end may have been told before its beginning.
        if let ending = publisher.ending { publisherEnded(publisher, ending) }
    }

    private func publish(_ departures: [Intake<Asker>.Departure]) {
        guard !departures.isEmpty else { return }
        guard let publisher = publisher.withLock({ $0 }) else {
            fail(departures)
            return
        }
        let messages = departures.map { departure in
            OutgoingMessage(
                exchange: exchange, routingKey: Topology.routingKey(partition: departure.partition),
                properties: properties, body: departure.bytes,
                tag: ParcelTag(partition: departure.partition, serial: departure.serial).number)
        }
        do throws(RabbitMQError) {
            let taken = try publisher.publish(messages)
            metrics.messages.add(taken)
            guard taken < departures.count else { return }
            unsent.withLock { $0 += departures[taken...] }
            // The last confirm may have come in between: then nothing else would let them go.
            if publisher.unconfirmed == 0 { publish(takeUnsent()) }
        } catch {
            fail(departures)
        }
    }

    private func takeUnsent() -> [Intake<Asker>.Departure] {
        unsent.withLock { unsent in
            defer { unsent = [] }
            return unsent
        }
    }

    /// Messages that have not left, and will not.
    private func fail(_ departures: [Intake<Asker>.Departure]) {
        let monotonic = time.monotonic
        let answers = intake.withLock { intake in
            var answers = intake.brokerWentDown()
            for departure in departures {
                let tag = ParcelTag(partition: departure.partition, serial: departure.serial)
                answers += intake.failed(tag, .brokerAway, at: monotonic).0
            }
            return answers
        }
        give(answers)
        // The broker may only have had no room for a moment.
        if let publisher = publisher.withLock({ $0 }), publisher.ending == nil, !isBlocked.load(ordering: .acquiring) {
            intake.withLock { $0.brokerCameUp() }
        }
    }

    /// Where a channel alone has ended, its connection is made anew; not here, on its own thread.
    private func renew() {
        let connection = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        guard let connection, connection.ending == nil else { return }
        _ = try? OwnedThread(name: "renew") { connection.abort() }
    }

    private let isBlocked = Atomic<Bool>(false)

    private func give(_ answers: [IntakeAnswer<Asker>]) {
        for answer in answers { self.answers.give(answer) }
    }
}

extension Reception: PublishSink {
    func published(_ results: PublishResults, by publisher: Publisher) {
        let (monotonic, wall) = (time.monotonic, time.wall)
        let (answers, departures) = intake.withLock { intake in
            var answers: [IntakeAnswer<Asker>] = []
            var departures: [Intake<Asker>.Departure] = []
            func add(_ result: ([IntakeAnswer<Asker>], [Intake<Asker>.Departure])) {
                answers += result.0
                departures += result.1
            }
            for tag in results.confirmed where tag != Self.noTag {
                add(intake.confirmed(ParcelTag(tag), at: monotonic, wall: wall))
            }
            for failure in results.failed where failure.tag != Self.noTag {
                let reason = intake.failure(for: failure.reason, of: ParcelTag(failure.tag), wall: wall)
                add(intake.failed(ParcelTag(failure.tag), reason, at: monotonic))
            }
            return (answers, departures)
        }
        publish(takeUnsent() + departures)
        give(answers)
    }

    func publisherBlocked(_ publisher: Publisher, reason: String) {
        isBlocked.store(true, ordering: .releasing)
        give(intake.withLock { $0.brokerWentDown() })
    }

    func publisherUnblocked(_ publisher: Publisher) {
        isBlocked.store(false, ordering: .releasing)
        intake.withLock { $0.brokerCameUp() }
    }

    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {
        let isCurrent = self.publisher.withLock { current in
            guard current === publisher else { return false }
            current = nil
            return true
        }
        guard isCurrent else { return }
        renew()
        isBlocked.store(false, ordering: .releasing)
        let waiting = takeUnsent()
        let monotonic = time.monotonic
        give(
            intake.withLock { intake in
                var answers = intake.brokerWentDown()
                for departure in waiting {
                    let tag = ParcelTag(partition: departure.partition, serial: departure.serial)
                    answers += intake.failed(tag, .brokerAway, at: monotonic).0
                }
                return answers
            })
    }
}

extension Reception {
    /// Replies and loads that came in, in their order.
    func heard(replies: [[UInt8]], loads: [[UInt8]]) {
        guard !replies.isEmpty || !loads.isEmpty else { return }
        var heardReplies: [(id: CommandId, isReplayed: Bool, decided: IntakeAnswer<Asker>.Decided)] = []
        var decoder = ReplyDecoder()
        for message in replies {
            message.withUnsafeBytes { bytes in
                decoder.decode(message: bytes) { reply in
                    guard case .success(let reply) = reply else {
                        metrics.unread.add()
                        return
                    }
                    heardReplies.append(
                        (reply.id, reply.isReplayed, .init(status: reply.status, body: Array(reply.body))))
                }
            }
        }
        let lines = read(loads)
        let sequences = heardReplies.last.flatMap { last in
            last.decided.body.withUnsafeBytes { DecisionTail(of: $0) }
        }
        let answers = intake.withLock { intake in
            for line in lines { intake.loads.hear(line) }
            if let last = sequences, line.isNumberedByPartitions {
                intake.loads.note(last.sequence, of: last.partition)
            }
            var answers: [IntakeAnswer<Asker>] = []
            answers.reserveCapacity(heardReplies.count)
            for reply in heardReplies {
                intake.decided(reply.id, reply.decided, isReplayed: reply.isReplayed, &answers)
            }
            return answers
        }
        metrics.replies.add(heardReplies.count)
        give(answers)
    }

    private func read(_ messages: [[UInt8]]) -> [LoadLine] {
        var lines: [LoadLine] = []
        var decoder = LoadDecoder()
        for message in messages {
            message.withUnsafeBytes { bytes in
                decoder.decode(message: bytes) { line in
                    if case .success(let line) = line { lines.append(line) } else { metrics.unread.add() }
                }
            }
        }
        return lines
    }

    /// Replies were lost, or may have been.
    func repliesMayBeLost() { intake.withLock { $0.repliesMayBeLost(at: time.monotonic) } }
}
