import Pipeline
import PipelineTestSupport
import Runtime
import Sealing
import Ticketing
import Wire

/// A worker on a stage: the script says what the world answers, and sees what the worker wanted.
final class WorkerScript {
    static let partitions = 2
    let worker: Worker
    var sealer: Sealer
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    /// What the worker wanted and nobody has answered yet, in order.
    var wanted: [Output] = []
    var channel = ChannelId(partition: 0, serial: 0)
    private var tag: UInt64 = 0

    init(_ change: (inout WorkerOptions) -> Void = { _ in }) throws {
        var options = WorkerOptions(worker: WorkerId("wrk_a"))
        options.hashedPartitions = Self.partitions
        options.trustedUsers = ["ingress"]
        change(&options)
        worker = Worker(options: options, at: now)
        sealer = Sealer(key: try SigningKey(seed: [UInt8](repeating: 7, count: 32))) { count in
            [Salt](repeating: Salt(high: 1, low: 2), count: count)
        }
    }

    @discardableResult
    func step(_ input: Input, after duration: Duration = .zero) -> [Output] {
        now = now + duration
        let outputs = worker.step(input, at: now)
        wanted += outputs
        return outputs
    }

    /// Takes the first wish of a kind off the list.
    func take<Value>(_ match: (Output) -> Value?) -> Value? {
        for (index, output) in wanted.enumerated() {
            guard let value = match(output) else { continue }
            wanted.remove(at: index)
            return value
        }
        return nil
    }

    func takeCommit() -> CommitGroup? { take { if case .commit(let group) = $0 { group } else { nil } } }
    func takeLoad() -> (EventId, UInt64, Int)? {
        take { if case .load(let event, let epoch, let partition, _) = $0 { (event, epoch, partition) } else { nil } }
    }
    func takeLookUp() -> ([CommandId], UInt64, Int)? {
        take { if case .lookUp(let ids, let epoch, let partition, _) = $0 { (ids, epoch, partition) } else { nil } }
    }
    func takeAttempt() -> (CommandId, UInt64, Int)? {
        take { if case .recordAttempt(let id, let epoch, let number) = $0 { (id, epoch, number) } else { nil } }
    }
    func takeClaim() -> [ClaimRequest]? { take { if case .claim(let wanted) = $0 { wanted } else { nil } } }
    func takeClose() -> ChannelId? { take { if case .close(let channel) = $0 { channel } else { nil } } }
    func takeRelease() -> [HeldPartition]? { take { if case .release(let held) = $0 { held } else { nil } } }
    func takeAcknowledgement() -> UInt64? {
        take { if case .acknowledge(_, let tag) = $0 { tag } else { nil } }
    }

    /// The replies among the notices wanted so far, by id.
    func takeReplies() -> [(id: CommandId, status: Int, isReplayed: Bool)] {
        var replies: [(CommandId, Int, Bool)] = []
        var decoder = ReplyDecoder()
        while let notices = take({ if case .publish(let notices) = $0 { notices } else { nil } }) {
            for case .replies(_, let lines) in notices {
                lines.withUnsafeBytes { message in
                    decoder.decode(message: message) { reply in
                        if case .success(let reply) = reply {
                            replies.append((reply.id, reply.status, reply.isReplayed))
                        }
                    }
                }
            }
        }
        return replies
    }

    /// What the notices wanted so far tell of loads; other notices are dropped.
    func takeLoads() -> [OwnerLoad] {
        var loads: [OwnerLoad] = []
        var decoder = LoadDecoder()
        while let notices = take({ if case .publish(let notices) = $0 { notices } else { nil } }) {
            for case .loads(let lines) in notices {
                lines.withUnsafeBytes { message in
                    decoder.decode(message: message) { line in
                        if case .success(.owner(let owner)) = line { loads.append(owner) }
                    }
                }
            }
        }
        return loads
    }

    func ownership(owner: String? = "wrk_a", alive: Bool = true, epoch: UInt64) -> [Ownership] {
        (0..<Self.partitions).map {
            Ownership(
                number: $0, owner: $0 == 0 ? owner.map { WorkerId($0) } : WorkerId("wrk_z"),
                isOwnerAlive: $0 == 0 ? owner != nil && alive : true, epoch: epoch)
        }
    }

    func beat(_ partitions: [Ownership], members: [String] = ["wrk_a"], time: Time? = nil) {
        step(
            .beat(
                Neighbourhood(
                    now: time ?? clock, members: members.map { WorkerId($0) }, partitions: partitions)))
    }

    /// The database's clock, which goes as ours does.
    var clock: Time { Time(microseconds: 1_780_000_000_000_000 + now.nanoseconds / 1_000) }

    func claim(
        epoch: UInt64, batch: UInt64 = 0, sequence: UInt64 = 1, crashes: Int = 1, dues: [DueChange] = [],
        attempts: [CommandId: Int] = [:]
    ) -> Claim {
        Claim(
            number: 0, epoch: epoch, batchNumber: batch, batchAt: Time(microseconds: 0), nextSequence: sequence,
            chain: .zero, crashes: crashes, now: clock, dues: dues, attempts: attempts)
    }

    /// Up to a partition 0 that consumes.
    func begin(_ claim: Claim? = nil) {
        step(.woken)
        beat(ownership(owner: nil, epoch: 0))
        _ = takeClaim()
        step(.claimed(wanted: [0], [claim ?? self.claim(epoch: 1)]))
        if let channel = take({ if case .consume(let channel) = $0 { channel } else { nil } }) {
            self.channel = channel
        }
    }

    func deliver(_ commands: [WireCommand], user: String? = "ingress", isRedelivered: Bool = false) {
        var body: [UInt8] = []
        for command in commands { command.appendLine(to: &body) }
        deliver(body, user: user, isRedelivered: isRedelivered)
    }

    func deliver(_ body: [UInt8], user: String? = "ingress", isRedelivered: Bool = false) {
        tag += 1
        step(
            .delivered([Arrival(channel: channel, tag: tag, isRedelivered: isRedelivered, user: user, body: body)]))
    }

    /// Answers the next load.
    func answerLoad(_ loaded: LoadedEvent = .missing) {
        guard let (event, epoch, partition) = takeLoad() else { return }
        step(.loaded(event, epoch: epoch, partition: partition, loaded))
    }

    /// Answers every look at the journal: nothing of it is known.
    func answerLookUps() {
        while let (ids, epoch, partition) = takeLookUp() {
            step(.lookedUp(ids, epoch: epoch, partition: partition, []))
        }
    }

    /// Lets the group that is wanted next be committed.
    @discardableResult
    func commit() -> CommitGroup? {
        guard let group = takeCommit() else { return nil }
        step(.committed(group: group.number, sealer.seal(group)))
        return group
    }

    /// Commits whatever is wanted until nothing is.
    func settle() {
        while commit() != nil {}
    }
}

/// Commands about events of partition 0.
enum Stage {
    static let tenant = TenantId(high: 5, low: 6)

    static func event(_ number: UInt64 = 1) -> EventId {
        var low = number << 32
        while Keys.partition(of: EventId(high: 9, low: low), among: WorkerScript.partitions) != 0 { low += 1 }
        return EventId(high: 9, low: low)
    }

    static func id(_ number: UInt64) -> CommandId { CommandId(high: 0xC0, low: number) }

    static func command(
        _ number: UInt64, _ content: Content, event: EventId = event(), tenant: TenantId = tenant
    ) -> WireCommand {
        WireCommand(id: id(number), tenant: tenant, event: event, content: content, replyTo: "ingress-1")
    }

    static func create(_ number: UInt64, seats: Int = 10, event: EventId = event()) -> WireCommand {
        var settings = Settings()
        settings.hold = 60
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        let show = ShowSpec(
            startsAt: Time(microseconds: 2_000_000_000_000_000),
            sections: [SectionSpec(name: "F", tier: "A", rows: [RowSpec(name: "1", seats: seats)])])
        return command(
            number,
            Content(
                .create(
                    CreateEvent(
                        event: event, details: EventDetails(name: "E", venue: "V", city: "C", country: "DE"),
                        currency: euro, settings: settings, tiers: [TierSpec(name: "A", price: 100)], shows: [show]))),
            event: event)
    }

    /// The event as it is after that command.
    static func created(_ number: UInt64) -> EventState? {
        var state: EventState?
        var arrears = Book.arrears(partition: 0, batch: 1)
        _ = Book.decide(
            create(number).content, id: id(number), tenant: tenant, at: Time(microseconds: 0), state: &state,
            arrears: &arrears)
        return state
    }

    static func reserve(
        _ number: UInt64, buyer: String = "b", quantity: Int = 1, event: EventId = event(), tenant: TenantId = tenant
    ) -> WireCommand {
        command(
            number,
            Content(
                .reserve(
                    Reserve(show: 1, buyer: Label(buyer), tier: "A", quantity: quantity, together: false))),
            event: event, tenant: tenant)
    }
}
