internal import Glibc
internal import TestSupport
internal import Ticketing
internal import Wire

/// Bytes to commands and decisions to bytes, on one thread: time a command, of which each partition has one to spend.
enum WireBenchmark {
    private static let lines = 256
    private static let rounds = 2_000

    static func run(_ servers: TestServers) async throws {
        guard let currency = Currency("EUR") else { throw Wrong(what: "no such currency") }
        let event = EventId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A)
        let tenant = TenantId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x8F0B_6D1E_5A4C_3B2A)
        let now = Time(microseconds: 1_780_000_000_000_000)
        func id(_ number: UInt64) -> CommandId {
            CommandId(high: number &* 0x9E37_79B9_7F4A_7C15, low: number &* 0xBF58_476D_1CE4_E5B9)
        }
        let create = CreateEvent(
            event: event, details: EventDetails(name: "Concert"), currency: currency,
            tiers: [TierSpec(name: "Stalls", price: 5_000)],
            shows: [
                ShowSpec(
                    startsAt: now + 31_536_000,
                    sections: [SectionSpec(name: "Hall", tier: "Stalls", rows: rows)])
            ])
        guard var state = EventState.create(create, context: Context(commandId: id(1), tenant: tenant, now: now)).0
        else { throw Wrong(what: "the event was refused") }

        let best = message(event, tenant, id) { Reserve(show: 1, buyer: buyer($0), tier: "Stalls", quantity: 1) }
        try decode("best available", best)
        try decode(
            "four named seats",
            message(event, tenant, id) { number in
                let seats = (1...4).map { SeatName(section: "Hall", row: Label("\(number)"), number: $0) }
                return Reserve(show: 1, buyer: buyer(number), seats: seats)
            })

        let stamp = DecisionStamp(event: event, currency: currency, partition: 12, sequence: 345_678, decidedAt: now)
        var decisions: [Decision] = []
        var arrears = Arrears(seed: id(0))
        for number in 0..<lines {
            let reserve = Reserve(show: 1, buyer: buyer(number), tier: "Stalls", quantity: 1)
            let context = Context(commandId: id(UInt64(number) + 2), tenant: tenant, now: now)
            guard let decision = state.decide(.reserve(reserve), context: context, arrears: &arrears),
                !decision.isRefused
            else { throw Wrong(what: "not reserved") }
            decisions.append(decision)
        }
        encode("reply bodies of one seat", decisions) { $0.appendReply(stamp, to: &$1) }
        var body: [UInt8] = []
        decisions[0].appendReply(stamp, to: &body)
        encode("their reply lines", decisions) { ReplyLine.append(id: $0.id, status: 201, body: body, to: &$1) }
        encode("their writes", decisions) { $0.appendWrites(to: &$1) }
        encode("their change lines", decisions) { decision, bytes in
            for line in ChangeLine.lines(of: decision, event: event) { line.append(to: &bytes) }
        }
        let changes = decisions.flatMap(\.changes)
        merge("one after another", changes.map(\.kind), event)
        merge("in any order", changes.map(\.kind).shuffled(), event)
    }

    private static var rows: [RowSpec] { (1...2_000).map { RowSpec(name: Label("\($0)"), seats: 50) } }

    private static func buyer(_ number: Int) -> Label { Label("buyer-\(1_000_000_000_000 + number)") }

    private static func message(
        _ event: EventId, _ tenant: TenantId, _ id: (UInt64) -> CommandId, _ reserve: (Int) -> Reserve
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 0..<lines {
            WireCommand(
                id: id(UInt64(number)), tenant: tenant, event: event, content: Content(.reserve(reserve(number))),
                replyTo: "ingress-0198f3c2a7d4"
            ).appendLine(to: &bytes)
        }
        return bytes
    }

    private static func decode(_ name: String, _ message: [UInt8]) throws {
        var decoder = CommandDecoder()
        var good = 0
        let time = measure {
            for _ in 0..<rounds {
                _ = message.withUnsafeBytes { bytes in
                    decoder.decode(message: bytes) { line in
                        if case .success = line.result { good += 1 }
                    }
                }
            }
        }
        guard good == lines * rounds else { throw Wrong(what: "\(good) of \(lines * rounds) decoded") }
        report("decode a reserve, \(name), \(message.count / lines) bytes", time)
    }

    private static func encode(_ name: String, _ decisions: [Decision], _ append: (Decision, inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        var total = 0
        let time = measure {
            for _ in 0..<rounds {
                bytes.removeAll(keepingCapacity: true)
                for decision in decisions { append(decision, &bytes) }
                total += bytes.count
            }
        }
        report("encode \(name), \(total / rounds / lines) bytes", time)
    }

    /// All of them to one line, as a commit keeps them.
    private static func merge(_ order: String, _ changes: [ShowChange.Kind], _ event: EventId) {
        var bytes: [UInt8] = []
        let time = measure {
            for _ in 0..<rounds {
                bytes.removeAll(keepingCapacity: true)
                var merge = ChangeMerge(show: ShowId(event, 1), version: 1)
                for (index, change) in changes.enumerated() { merge.add(change, version: UInt64(index) + 1) }
                merge.line.append(to: &bytes)
            }
        }
        report("merge \(changes.count) changes, \(order), to a line of \(bytes.count) bytes", time)
    }

    private struct Wrong: Error {
        let what: String
    }

    private static func report(_ name: String, _ time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        let count = Double(lines * rounds)
        print("\(name): \(Int(count / seconds))/s, \(Int(seconds * 1e9 / count)) ns each")
    }

    /// Time of this thread on a core, so that what else the machine does is not counted.
    private static func measure(_ body: () -> Void) -> Duration {
        let before = coreTime()
        body()
        return coreTime() - before
    }

    private static func coreTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
