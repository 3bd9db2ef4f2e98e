import Sealing
import Ticketing
import Wire

@testable import Pipeline

/// Journals as the worker does, without the worker: batches are decided one after another and sealed.
struct Recorder {
    static let tenant = TenantId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x8F0B_6D1E_5A4C_3B2A)
    /// 2026-06-01T12:00:00Z.
    static let start = Time(microseconds: 1_780_315_200_000_000)

    static func key(_ byte: UInt8 = 7) throws -> SigningKey {
        try SigningKey(seed: [UInt8](repeating: byte, count: 32))
    }

    static func id(_ number: UInt64) -> CommandId {
        CommandId(high: number &* 0x9E37_79B9_7F4A_7C15, low: number &* 0xBF58_476D_1CE4_E5B9)
    }

    static func event(_ number: UInt64) -> EventId { EventId(high: number &* 0x9E37_79B9_7F4A_7C15, low: number) }

    /// Salts that are the same in every run, so that a journal is.
    static func sealer(_ key: SigningKey) -> Sealer {
        let source = SaltSource()
        return Sealer(key: key) { source.next($0) }
    }

    private final class SaltSource {
        private var random = Seeded(99)
        func next(_ count: Int) -> [Salt] {
            (0..<count).map { _ in Salt(high: random.next(), low: random.next()) }
        }
    }

    let sealer: Sealer
    let key: SigningKey
    var states: [EventId: EventState] = [:]
    var homes: [EventId: Int] = [:]
    var heads: [Int: PartitionHead] = [:]
    var epoch: UInt64 = 1
    private(set) var journal: [(batch: BatchRow, rows: [JournalRow])] = []
    private(set) var sealed: [SealedBatch] = []
    /// What the newest batch decided.
    private(set) var newest: [Decision] = []
    private var commands: UInt64 = 0

    init() throws {
        key = try Self.key()
        sealer = Self.sealer(key)
    }

    /// What a batch is made of.
    enum Step {
        case command(EventId, Content)
        /// Something may be due for the event.
        case due(EventId)
        case out(EventId, to: Int)
        case `in`(EventId, from: Int)
        case parked(EventId, ParkReason.Code)
    }

    mutating func record(_ partition: Int, at time: Time, _ steps: [Step]) {
        let head = heads[partition] ?? PartitionHead(partition: partition)
        var batch = Batch(
            partition: partition, epoch: epoch, number: head.number + 1, at: time, firstSequence: head.nextSequence,
            previousChain: head.chain)
        var arrears = Book.arrears(partition: partition, batch: batch.number)
        newest = []
        for step in steps {
            switch step {
            case .command(let event, let content):
                fallDue(event, at: time, &arrears, &batch)
                commands += 1
                let id = Self.id(commands)
                let decision = Book.decide(
                    content, id: id, tenant: Self.tenant, at: time, state: &states[event], arrears: &arrears)
                guard let decision else { continue }
                newest.append(decision)
                append(id, event, Self.payload(event, content), .decided(decision), &batch)
                if states[event] != nil { homes[event] = partition }
            case .due(let event): fallDue(event, at: time, &arrears, &batch)
            case .out(let event, let target):
                commands += 1
                let content = Content(.moveOut(to: target, version: 1))
                let digest = states[event]?.digest ?? .zero
                append(Self.id(commands), event, Self.payload(event, content), .movedOut(to: target, digest), &batch)
            case .in(let event, let source):
                commands += 1
                let digest = states[event]?.digest ?? .zero
                append(Self.id(commands), event, [], .movedIn(from: source, digest), &batch)
                homes[event] = partition
            case .parked(let event, let code):
                commands += 1
                append(Self.id(commands), event, Array("{}".utf8), .parked(ParkReason(code, "…")), &batch)
            }
        }
        let sealed = sealer.seal(batch)
        self.sealed.append(sealed)
        heads[partition] = PartitionHead(
            partition: partition, number: batch.number, epoch: epoch, at: time,
            nextSequence: batch.firstSequence + UInt64(batch.entries.count), chain: sealed.chain)
        journal.append((sealed.row, sealed.journalRows))
    }

    private mutating func fallDue(_ event: EventId, at time: Time, _ arrears: inout Arrears, _ batch: inout Batch) {
        let before = arrears.decisions.count
        states[event]?.fallDue(through: time, arrears: &arrears)
        for decision in arrears.decisions[before...] {
            newest.append(decision)
            append(decision.id, event, [], .fellDue(decision), &batch)
        }
    }

    private func append(
        _ id: CommandId, _ event: EventId, _ payload: [UInt8], _ verdict: Verdict, _ batch: inout Batch
    ) {
        batch.entries.append(
            Entry(
                id: id, event: event, tenant: Self.tenant, currency: states[event]?.currency, payload: payload,
                verdict: verdict))
    }

    static func payload(_ event: EventId, _ content: Content) -> [UInt8] {
        let command = WireCommand(id: id(0), tenant: tenant, event: event, content: content)
        var line: [UInt8] = []
        command.appendLine(to: &line)
        var payload: [UInt8] = []
        var decoder = CommandDecoder()
        _ = line.withUnsafeBytes { bytes in
            decoder.decode(message: bytes) { command.appendPayload(body: bytes[$0.body], to: &payload) }
        }
        return payload
    }

    var tails: [PartitionHead] { heads.values.sorted { $0.partition < $1.partition } }

    func replayed(_ journal: [(batch: BatchRow, rows: [JournalRow])]? = nil) -> Replay {
        let replay = Replay(keys: [key.publicKey])
        for (batch, rows) in journal ?? self.journal { replay.add(batch, rows) }
        replay.finish(tails)
        for (event, _) in replay.events { replay.compare(event, with: states[event]) }
        return replay
    }
}

/// Numbers that look random and are the same for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }
    mutating func one<Value>(of values: [Value]) -> Value? { values.randomElement(using: &self) }
}
