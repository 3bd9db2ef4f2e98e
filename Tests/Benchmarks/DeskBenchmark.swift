internal import Desk
internal import Glibc
internal import TestSupport

/// The desk's rule book alone, on one thread: what a decision costs when the next eight hours are full.
enum DeskBenchmark {
    static func run(_ servers: TestServers) async throws {
        for placement in [DeskPlacement.earliest, .deadline] {
            try full(placement, minutesPerTicket: 1)
            try full(placement, minutesPerTicket: 5)
        }
        try day()
    }

    /// Fills the window of 100 agents, then cancels and creates while it stays full, and is refused.
    private static func full(_ placement: DeskPlacement, minutesPerTicket: Int) throws {
        let name = "\(placement == .earliest ? "earliest" : "deadline"), \(minutesPerTicket) min"
        var desk = try Filling(
            DeskSettings(minutesPerTicket: minutesPerTicket, agents: 100, placement: placement))
        var open: [DeskTicketId] = []
        let filling = try measure {
            while let ticket = try desk.create("BRONZE") { open.append(ticket) }
        }
        report("create until full, \(name), \(open.count) tickets", open.count, filling)
        let rounds = 20_000
        var mixed = 0
        let turnover = try measure {
            for round in 0..<rounds {
                _ = try desk.decide(.cancel(open[round % open.count]))
                guard let ticket = try desk.create(Filling.kinds[round % 3]) else { continue }
                open[round % open.count] = ticket
                mixed += 1
            }
        }
        report("cancel and create in a full window, \(name)", 2 * rounds, turnover)
        let refused = try measure {
            for round in 0..<rounds { _ = try desk.create(Filling.kinds[round % 3]) }
        }
        report("create in a full window, \(name)", rounds, refused)
        let slots = try measure {
            for _ in 0..<rounds / 4 {
                _ = try desk.decide(.cancel(open.removeLast()))
                guard case .softAssigned(let slot, _) = try desk.decide(.validateEta(class: "BRONZE")) else { continue }
                if case .allocated(let ticket) = try desk.decide(.allocateSlot(slot.slot, class: "BRONZE")) {
                    open.append(ticket.ticket)
                }
                if open.isEmpty { return }
            }
        }
        report("cancel, validate and allocate in a full window, \(name)", 3 * (rounds / 4), slots)
        guard mixed > 0 else { throw Wrong(what: "nothing was admitted") }
    }

    /// A day of 100 agents at work: two tickets' ends and beginnings a ticket.
    private static func day() throws {
        var desk = try Filling(DeskSettings(agents: 100, placement: .deadline))
        var count = 0
        let time = try measure {
            for minute in 0..<1_440 {
                desk.now = DeskTime(microseconds: Filling.start.microseconds + Int64(minute) * 60_000_000)
                for _ in 0..<90 where try desk.create(Filling.kinds[count % 3]) != nil { count += 1 }
            }
        }
        report("a day: create, begin, resolve", count, time)
    }

    private struct Filling {
        static let start = DeskTime(microseconds: 1_780_000_020_000_000)
        static let kinds: [DeskName] = ["BRONZE", "SILVER", "GOLD"]
        static let tenant = DeskTenantId(high: 0, low: 1)
        var state: DeskState
        var now = start
        private var number: UInt64 = 0

        init(_ settings: DeskSettings) throws {
            let context = DeskContext(
                commandId: DeskCommandId(high: 1, low: 1), tenant: Self.tenant, now: Self.start)
            let request = RequestAccount(subDomain: "acme", settings: settings)
            guard let state = DeskState.create(request, context: context).0 else { throw Wrong(what: "no account") }
            self.state = state
            _ = try decide(.accountReady(store: "main"))
        }

        mutating func decide(_ command: DeskCommand) throws -> DeskOutcome {
            number += 1
            // Spread as the hashes are that command ids come from.
            let mixed = number &* 0x9E37_79B9_7F4A_7C15
            let id = DeskCommandId(high: mixed ^ mixed >> 31, low: mixed &* 0xBF58_476D_1CE4_E5B9)
            var arrears = DeskArrears(seed: DeskCommandId(high: 7, low: number << 20))
            let context = DeskContext(commandId: id, tenant: Self.tenant, now: now)
            guard let decision = state.decide(command, context: context, arrears: &arrears) else {
                throw Wrong(what: "behind")
            }
            return decision.outcome
        }

        mutating func create(_ kind: DeskName) throws -> DeskTicketId? {
            guard case .created(let promised) = try decide(.createTicket(class: kind)) else { return nil }
            return promised.ticket
        }
    }

    private struct Wrong: Error {
        let what: String
    }

    /// Time of this thread on a core, so that what else the machine does is not counted.
    private static func measure(_ body: () throws -> Void) throws -> Duration {
        let before = coreTime()
        try body()
        return coreTime() - before
    }

    private static func coreTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private static func report(_ name: String, _ count: Int, _ time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        print("\(name): \(Int(Double(count) / seconds)) decisions/s, \(Int(seconds * 1e9 / Double(count))) ns each")
    }
}
