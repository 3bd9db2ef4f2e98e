internal import Glibc
internal import Pipeline
internal import Sealing
internal import TestSupport
internal import Ticketing
internal import Wire

/// Decided batches to sealed ones, on one thread: what the committer has to do for each entry before the database has.
enum SealingBenchmark {
    private static let rounds = 200

    static func run(_ servers: TestServers) async throws {
        let sealer = Sealer(key: try SigningKey())
        for entries in [1, 16, 500] { try measure(sealer, entries) }
        try measureReplay(sealer)
    }

    private static func measure(_ sealer: Sealer, _ entries: Int) throws {
        let batch = try batch(of: entries)
        let count = max(1, rounds * 500 / entries)
        var bytes = 0
        let before = coreTime()
        for _ in 0..<count { bytes += sealer.seal(batch).records[0].reply.count }
        let spent = coreTime() - before
        let seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        let nanoseconds = Int(seconds * 1e9 / Double(count * entries))
        print(
            "seal batches of \(entries), payloads of \(batch.entries[0].payload.count) bytes, "
                + "replies of \(bytes / count): \(nanoseconds) ns an entry")
    }

    /// The way back: the same entries decided again, and checked against what was told.
    private static func measureReplay(_ sealer: Sealer) throws {
        let sealed = sealer.seal(try batch(of: 50_000, withEvent: true))
        let rows = sealed.journalRows
        let replay = Replay(keys: [sealed.key], from: JournalStart(heads: [head(before: sealed.row)]))
        var before = coreTime()
        replay.add(sealed.row, rows)
        report("replay", rows.count, coreTime() - before)
        guard replay.findings.isEmpty else { throw Wrong(what: replay.findings.first[0].description) }
        var promises = PromiseCheck()
        var found = Findings()
        before = coreTime()
        promises.add(rows, &found)
        report("follow what was told", rows.count, coreTime() - before)
        guard found.isEmpty, promises.followed == rows.count - 1 else { throw Wrong(what: "\(found.first)") }
    }

    private static func head(before row: BatchRow) -> PartitionHead {
        PartitionHead(
            partition: row.partition, number: row.number - 1, epoch: row.epoch, at: row.at,
            nextSequence: row.firstSequence)
    }

    private static func report(_ name: String, _ entries: Int, _ spent: Duration) {
        let seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        print("\(name): \(Int(Double(entries) / seconds)) entries/s")
    }

    /// Reserves of one seat, as the worker hands them over, behind the creation of their event if that is wanted.
    private static func batch(of entries: Int, withEvent: Bool = false) throws -> Batch {
        guard let currency = Currency("EUR") else { throw Wrong(what: "no such currency") }
        let event = EventId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A)
        let tenant = TenantId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x8F0B_6D1E_5A4C_3B2A)
        let now = Time(microseconds: 1_780_000_000_000_000)
        let create = CreateEvent(
            event: event, details: EventDetails(name: "Concert"), currency: currency,
            tiers: [TierSpec(name: "Stalls", price: 5_000)],
            shows: [
                ShowSpec(
                    startsAt: now + 31_536_000,
                    sections: [
                        SectionSpec(
                            name: "Hall", tier: "Stalls",
                            rows: (1...2_000).map { RowSpec(name: Label("\($0)"), seats: 50) })
                    ])
            ])
        var state: EventState?
        var arrears = Book.arrears(partition: 12, batch: 901)
        var batch = Batch(partition: 12, epoch: 7, number: 901, at: now, firstSequence: 345_678)
        func decide(_ number: Int, _ content: Content) throws {
            let id = CommandId(
                high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number) &* 0xBF58_476D_1CE4_E5B9)
            let command = WireCommand(id: id, tenant: tenant, event: event, content: content)
            var line: [UInt8] = []
            command.appendLine(to: &line)
            var payload: [UInt8] = []
            var decoder = CommandDecoder()
            _ = line.withUnsafeBytes { bytes in
                decoder.decode(message: bytes) { command.appendPayload(body: bytes[$0.body], to: &payload) }
            }
            let decision = Book.decide(content, id: id, tenant: tenant, at: now, state: &state, arrears: &arrears)
            guard let decision, !decision.isRefused else { throw Wrong(what: "refused") }
            guard number > 0 || withEvent else { return }
            batch.append(
                Entry(
                    id: id, event: event, tenant: tenant, currency: currency, payload: payload,
                    verdict: .decided(decision)))
        }
        try decide(0, Content(.create(create)))
        for number in 1...entries {
            let buyer = Label("buyer-\(1_000_000_000_000 + number)")
            try decide(number, Content(.reserve(Reserve(show: 1, buyer: buyer, tier: "Stalls", quantity: 1))))
        }
        return batch
    }

    private struct Wrong: Error {
        let what: String
    }

    /// Time of this thread on a core, so that what else the machine does is not counted.
    private static func coreTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
