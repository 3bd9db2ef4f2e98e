import Desk
import Pipeline
import Runtime
import Sealing
import Testing
import Ticketing
import Wire

@testable import DeskLine
@testable import Simulation

/// A worker of the desk line on a stage with one partition: the script says what the world answers, and sees what the
/// worker wanted. The simulator's fakes give the answers that a script has no opinion of.
final class DeskScript {
    let worker: DeskWorker
    let control: FakeControl
    private(set) var desks: [TenantId: FakeDesk] = [:]
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    /// What the worker wanted and nobody has answered yet, in order.
    var wanted: [DeskOutput] = []
    private(set) var channel = ChannelId(partition: 0, serial: 0)
    /// Replies in the order in which they were given.
    private(set) var replies: [Reply] = []
    private(set) var acknowledged: UInt64 = 0
    /// Commands that some constraint says no to.
    var rejected: Set<CommandId> = []
    var isPaused = false
    private var tag: UInt64 = 0
    private let session = FakeSession(worker: WorkerId("wrk_a"))
    private let key: SigningKey

    struct Reply: Equatable {
        let id: CommandId
        let to: String
        let status: Int
        let isReplayed: Bool
        let body: String
    }

    init(
        desks switches: FakeDesk.Switches = FakeDesk.Switches(), _ change: (inout DeskOptions) -> Void = { _ in }
    ) throws {
        var options = DeskOptions(worker: WorkerId("wrk_a"))
        options.partitions = 1
        options.trustedUsers = ["ingress"]
        change(&options)
        key = try SigningKey(seed: [UInt8](repeating: 7, count: 32))
        worker = DeskWorker(options: options, at: now)
        let start = now
        var time: () -> MonotonicTime = { start }
        control = FakeControl(
            FakeDatabase(partitions: 1, spares: 0) { Self.wall(time()) }, stores: ["main"], FakeControl.Switches())
        time = { [unowned self] in now }
        control.requested = { [unowned self] account, _ in
            let desk = FakeDesk(account, partition: 0, key: key, switches)
            desk.isRejected = { [unowned self] in rejected.contains($0) }
            desks[account.tenant] = desk
        }
    }

    /// The databases' clock, which goes as ours does. It starts with a minute.
    static func wall(_ now: MonotonicTime) -> Time {
        Time(microseconds: 1_780_315_200_000_000 - 1_000_000_000 + now.nanoseconds / 1_000)
    }

    var time: Time { Self.wall(now) }

    // MARK: - What happens

    @discardableResult
    func step(_ input: DeskInput, after duration: Duration = .zero) -> [DeskOutput] {
        now = now + duration
        let outputs = worker.step(input, at: now)
        for output in outputs {
            switch output {
            case .publish(let notices): hear(notices)
            case .acknowledge(_, let tag): acknowledged = tag
            case .consume(let channel):
                self.channel = channel
                tag = 0
            default: wanted.append(output)
            }
        }
        return outputs
    }

    /// Time passes, and the worker wakes as often as it wants to.
    func pass(_ duration: Duration) {
        let end = now + duration
        while worker.nextWake < end {
            now = max(now, worker.nextWake)
            step(.woken)
            settle()
        }
        now = end
        step(.woken)
        settle()
    }

    private func hear(_ notices: [Notice]) {
        var decoder = ReplyDecoder()
        for case .replies(let to, let lines) in notices {
            lines.withUnsafeBytes { message in
                decoder.decode(message: message) { line in
                    guard case .success(let reply) = line else { return }
                    replies.append(
                        Reply(
                            id: reply.id, to: to, status: reply.status, isReplayed: reply.isReplayed,
                            body: String(decoding: reply.body, as: UTF8.self)))
                }
            }
        }
    }

    func deliver(_ commands: [DeskWireCommand], isRedelivered: Bool = false) {
        var body: [UInt8] = []
        for command in commands { command.appendLine(to: &body) }
        tag += 1
        step(
            .delivered([
                Arrival(channel: channel, tag: tag, isRedelivered: isRedelivered, user: "ingress", body: body)
            ]))
    }

    // MARK: - What is wanted

    /// Takes the first wish of a kind off the list.
    func take<Value>(_ match: (DeskOutput) -> Value?) -> Value? {
        for (index, output) in wanted.enumerated() {
            guard let value = match(output) else { continue }
            wanted.remove(at: index)
            return value
        }
        return nil
    }

    func takeVisit() -> Visit? { take { if case .visit(let visit) = $0 { visit } else { nil } } }
    func takeErrand() -> Errand? { take { if case .errand(let errand) = $0 { errand } else { nil } } }
    func takeClose() -> ChannelId? { take { if case .close(let channel) = $0 { channel } else { nil } } }
    func takeWarnings() -> [String] {
        var all: [String] = []
        while let text = take({ if case .warn(let text, _) = $0 { text } else { nil } }) { all.append(text) }
        return all
    }

    /// The next visit is made, as it should be.
    @discardableResult
    func visit() -> Visit? {
        guard let visit = takeVisit() else { return nil }
        step(.visited(visit, run(visit)))
        return visit
    }

    /// What a tenant's database does with it, heard of or not.
    func run(_ visit: Visit) -> VisitOutcome { desks[visit.tenant]?.run(visit, session) ?? .failed(.missing) }

    @discardableResult
    func errand() -> Errand? {
        guard let errand = takeErrand() else { return nil }
        step(.ran(errand, control.run(errand, by: WorkerId("wrk_a"))))
        return errand
    }

    /// Answers whatever is wanted, beats included, until nothing is.
    func settle() {
        while let output = take({ $0.isQuestion ? $0 : nil }) {
            switch output {
            case .visit(let visit): step(.visited(visit, run(visit)))
            case .errand(let errand): step(.ran(errand, control.run(errand, by: WorkerId("wrk_a"))))
            case .beat(let beat): answer(beat)
            case .claim(let wanted):
                step(.claimed(wanted: wanted.map(\.number), control.claim(wanted, for: WorkerId("wrk_a"), session)))
            default: break
            }
        }
    }

    private func answer(_ beat: WorkerBeat) {
        control.database.partitions[0].isPaused = isPaused
        step(.beat(control.database.beat(beat, session)))
    }

    // MARK: - Scenes

    /// Up to a partition that consumes. What its accounts have to be opened for is wanted.
    func begin(crashes: Int = 0, attempts: [CommandId: Int] = [:]) {
        control.database.partitions[0].crashes = crashes
        for (id, count) in attempts {
            control.database.attempts[FakeDatabase.PartitionKey(partition: 0, id: id)] = count
        }
        step(.woken)
        if let beat = take({ if case .beat(let beat) = $0 { beat } else { nil } }) { answer(beat) }
        if let wanted = take({ if case .claim(let wanted) = $0 { wanted } else { nil } }) {
            step(.claimed(wanted: wanted.map(\.number), control.claim(wanted, for: WorkerId("wrk_a"), session)))
        }
    }

    /// An account that an owner before has made.
    func account(_ number: UInt64, _ settings: DeskSettings = DeskSettings()) throws -> TenantId {
        let request = Self.request(number, settings)
        let errand = Errand(
            number: number, tenant: request.tenant, partition: 0, epoch: control.database.partitions[0].epoch,
            wish: .request(
                id: request.id, subDomain: "desk-\(number)", payload: try #require(Self.payload(request)),
                replyTo: request.replyTo))
        _ = control.run(errand, by: WorkerId("wrk_z"))
        let desk = try #require(desks[request.tenant])
        desk.stage = .ready
        var state: DeskState?
        var batch = DeskBatch(
            tenant: request.tenant, partition: 0, epoch: 0, number: 1, at: time, firstSequence: 1,
            previousChain: .zero)
        for command in [request, Self.ready(number)] {
            var arrears = DeskBook.arrears(of: request.tenant, batch: 1)
            let decision = DeskBook.decide(
                command.order, id: command.id, tenant: command.tenant, at: time, state: &state, arrears: &arrears)
            batch.entries.append(
                DeskEntry(
                    id: command.id, payload: try #require(Self.payload(command)),
                    verdict: .decided(try #require(decision)), trace: nil))
        }
        let commit = Visit(
            number: 0, tenant: request.tenant, partition: 0, epoch: 0, store: "main", database: desk.name,
            wish: .commit(batch))
        guard case .committed = desk.run(commit, session) else { throw NoScene() }
        let activate = Errand(number: 0, tenant: request.tenant, partition: 0, epoch: errand.epoch, wish: .activate)
        _ = control.run(activate, by: WorkerId("wrk_z"))
        return request.tenant
    }

    struct NoScene: Error {}

    static func payload(_ command: DeskWireCommand) -> [UInt8]? {
        var line: [UInt8] = []
        command.appendLine(to: &line)
        var payload: [UInt8] = []
        var decoder = DeskDecoder()
        _ = line.withUnsafeBytes { bytes in
            decoder.decode(message: bytes) { command.appendPayload(body: bytes[$0.body], to: &payload) }
        }
        return payload.isEmpty ? nil : payload
    }

    static func id(_ number: UInt64) -> CommandId { CommandId(high: 0xC0_0000_4000, low: number) }

    static func request(
        _ number: UInt64, _ settings: DeskSettings = DeskSettings(), name: DeskName? = nil, to: String = "ingress-1"
    ) -> DeskWireCommand {
        let id = id(number << 32)
        return DeskWireCommand(
            id: id, tenant: TenantId(ofAccountRequestedBy: id),
            order: .request(RequestAccount(subDomain: name ?? DeskName("desk-\(number)"), settings: settings)),
            replyTo: to)
    }

    static func ready(_ number: UInt64) -> DeskWireCommand {
        DeskWireCommand(
            id: id(number << 32 + 1), tenant: TenantId(ofAccountRequestedBy: id(number << 32)),
            order: .existing(.accountReady(store: "main")))
    }

    static func ticket(
        _ number: UInt64, of tenant: TenantId, _ kind: DeskName = "GOLD", to: String = "ingress-1"
    ) -> DeskWireCommand {
        DeskWireCommand(id: id(number), tenant: tenant, order: .existing(.createTicket(class: kind)), replyTo: to)
    }

    /// Ids of commands in a tenant's journal, in their order.
    func journal(of tenant: TenantId) -> [UInt64] {
        desks[tenant]?.journal.filter { $0.kind != .fellDue && $0.id.low < 1 << 32 }.map(\.id.low) ?? []
    }

    func statuses(of tenant: TenantId) -> [Int] {
        desks[tenant]?.journal.filter { $0.kind != .fellDue && $0.id.low < 1 << 32 }.map(\.status) ?? []
    }

    /// Statuses that were told, by command.
    func told(_ number: UInt64) -> [Int] { replies.filter { $0.id == Self.id(number) }.map(\.status) }
}

extension DeskOutput {
    fileprivate var isQuestion: Bool {
        switch self {
        case .visit, .errand, .beat, .claim: true
        default: false
        }
    }
}

extension Visit {
    /// The commands that a commit answers, arrears left out; nil of another visit.
    var commands: [UInt64]? {
        guard case .commit(let batch) = wish else { return nil }
        return batch.entries.filter { !$0.payload.isEmpty }.map(\.id.low)
    }

    var isOpening: Bool {
        if case .open = wish { true } else { false }
    }
}
