internal import Glibc
internal import TestSupport
internal import Ticketing

/// The rule book alone, on one thread: decisions a second by what the show looks like, and bytes a place.
enum TicketingBenchmark {
    static func run(_ servers: TestServers) async throws {
        // First, while nothing has been freed that could be used again.
        try memory()
        let hall = [SectionSpec(name: "Hall", tier: "A", rows: rows(2_000, of: 50))]
        let small = [SectionSpec(name: "Hall", tier: "A", rows: rows(2, of: 50))]
        let standing = [SectionSpec(name: "Standing", tier: "A", capacity: 100_000)]
        let one = [SectionSpec(name: "Bank", tier: "A", rows: rows(1, of: 5_000))]
        try rounds("100 places", small, events: 1_000)
        try rounds("100,000 places", hall, events: 1)
        try rounds("100,000 places, parties of 4", hall, events: 1, quantity: 4)
        try rounds("100,000 standing", standing, events: 1)
        try rounds("one row of 5,000", one, events: 20)
        try scattered("2,000 rows of 50, every third seat gone", hall)
        try scattered("one row of 5,000, every third seat gone", one)
        try named("named seats, pairs", hall)
        try expiry(hall)
        try cancellation(hall)
    }

    /// Holds nearly all places for distinct buyers, releases them, and again two days later.
    private static func rounds(_ name: String, _ sections: [SectionSpec], events: Int, quantity: Int = 1) throws {
        var states = try (0..<events).map { try event(sections, number: $0) }
        let parties = (states[0].availability(of: 1)?.first?.total ?? 0) * 19 / 20 / quantity
        var number: UInt64 = 0
        for round in 0..<3 {
            let now = start + Seconds(Int64(round) * 172_800)
            let contexts = (0..<events * parties).map { _ in
                number += 1
                return context(number, now)
            }
            let reserves = contexts.indices.map { Reserve(show: 1, buyer: buyer($0), tier: "A", quantity: quantity) }
            var held: [ReservationId] = []
            held.reserveCapacity(contexts.count)
            var arrears = Arrears(seed: CommandId(high: 0, low: 0))
            let reserve = measure {
                for index in contexts.indices {
                    let decision = states[index / parties].decide(
                        .reserve(reserves[index]), context: contexts[index], arrears: &arrears)
                    if case .reserved(let reserved) = decision?.outcome { held.append(reserved.reservation) }
                }
            }
            let release = measure {
                for (index, id) in held.enumerated() {
                    _ = states[index / parties].decide(.release(id), context: contexts[index], arrears: &arrears)
                }
            }
            guard held.count == contexts.count else { throw Wrong(what: "\(held.count) of \(contexts.count) reserved") }
            // The first round pays for the tables' growth.
            if round == 0 { report("reserve, \(name), new", held.count, reserve) }
            if round == 2 {
                report("reserve, \(name)", held.count, reserve)
                report("release, \(name)", held.count, release)
            }
        }
    }

    /// Best available where every free run is a pair: the search for an exact fit has most to do.
    private static func scattered(_ name: String, _ sections: [SectionSpec]) throws {
        var state = try event(sections)
        guard let layout = state.layout(of: 1) else { throw Wrong(what: "no layout") }
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        var number: UInt64 = 0
        for place in stride(from: 3, through: layout.placeCount, by: 3) {
            number += 1
            let reserve = Reserve(show: 1, buyer: buyer(Int(number)), seats: [layout.name(of: UInt32(place))])
            _ = state.decide(.reserve(reserve), context: context(number, start), arrears: &arrears)
        }
        let count = layout.placeCount / 3 - 10
        let commands = (0..<count).map {
            Command.reserve(Reserve(show: 1, buyer: buyer(1_000_000 + $0), tier: "A", quantity: $0 % 2 + 1))
        }
        let contexts = (0..<count).map { context(1_000_000 + UInt64($0), start) }
        let time = measure {
            for index in commands.indices {
                _ = state.decide(commands[index], context: contexts[index], arrears: &arrears)
            }
        }
        report("reserve, \(name)", count, time)
    }

    private static func named(_ name: String, _ sections: [SectionSpec]) throws {
        var state = try event(sections)
        guard let layout = state.layout(of: 1) else { throw Wrong(what: "no layout") }
        let count = layout.placeCount / 2
        let commands = (0..<count).map { index in
            Command.reserve(
                Reserve(
                    show: 1, buyer: buyer(index),
                    seats: [layout.name(of: UInt32(2 * index + 1)), layout.name(of: UInt32(2 * index + 2))]))
        }
        let contexts = (0..<count).map { context(UInt64($0), start) }
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        let time = measure {
            for index in commands.indices {
                _ = state.decide(commands[index], context: contexts[index], arrears: &arrears)
            }
        }
        report("reserve, \(name)", count, time)
    }

    /// 50,000 holds that end in the same second, in batches of 1,000.
    private static func expiry(_ sections: [SectionSpec]) throws {
        var state = try event(sections)
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        for number in 0..<50_000 {
            let reserve = Reserve(show: 1, buyer: buyer(number), tier: "A", quantity: 1)
            let now = Time(microseconds: start.microseconds + Int64(number) * 20)
            _ = state.decide(.reserve(reserve), context: context(UInt64(number), now), arrears: &arrears)
        }
        var ended = 0
        let time = measure {
            for batch in 0..<50 {
                var arrears = Arrears(seed: CommandId(high: 7, low: UInt64(batch) << 32))
                state.fallDue(through: start + 700, arrears: &arrears)
                ended += arrears.decisions.count
            }
        }
        guard ended == 50_000 else { throw Wrong(what: "\(ended) holds ended") }
        report("end of 50,000 holds", ended, time)
    }

    /// An event with 100,000 bookings is cancelled: the longest that a neighbour has to wait for a step.
    private static func cancellation(_ sections: [SectionSpec]) throws {
        var state = try event(sections, price: 0)
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        for number in 0..<100_000 {
            let reserve = Reserve(show: 1, buyer: buyer(number), tier: "A", quantity: 1)
            let decision = state.decide(
                .reserve(reserve), context: context(UInt64(number), start), arrears: &arrears)
            guard case .reserved(let reserved) = decision?.outcome else { throw Wrong(what: "not reserved") }
            let checkout = Checkout(reservation: reserved.reservation, provider: "sandbox")
            _ = state.decide(
                .checkout(checkout), context: context(1_000_000 + UInt64(number), start), arrears: &arrears)
        }
        let first = measure {
            _ = state.decide(.cancelEvent, context: context(9_000_000, start), arrears: &arrears)
        }
        var longest = Duration.zero
        var steps = 0
        let whole = measure {
            while state.nextDue != nil {
                longest = max(
                    longest,
                    measure {
                        var arrears = Arrears(seed: CommandId(high: 7, low: UInt64(steps) << 32), atMost: 500)
                        state.fallDue(through: start, arrears: &arrears)
                        steps += arrears.decisions.count
                    })
            }
        }
        report("unwinding 100,000 bookings", 100_000, whole)
        print("  the cancellation itself \(first), then \(steps) steps of at most \(longest)")
    }

    private static func memory() throws {
        let before = residentBytes()
        let hall = [SectionSpec(name: "Hall", tier: "A", rows: rows(2_000, of: 50))]
        let states = try (0..<10).map { try event(hall, number: $0) }
        let loaded = residentBytes()
        print("1,000,000 places in 10 events: \(format(Double(loaded - before) / 1e6)) bytes a place")
        let small = [SectionSpec(name: "Hall", tier: "A", rows: rows(2, of: 50))]
        let many = try (0..<10_000).map { try event(small, number: $0) }
        print("1,000,000 places in 10,000 events: \(format(Double(residentBytes() - loaded) / 1e6)) bytes a place")
        let empty = residentBytes()
        var full = try event(hall)
        let place = residentBytes()
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        for number in 0..<100_000 {
            let reserve = Reserve(show: 1, buyer: buyer(number), tier: "A", quantity: 1)
            _ = full.decide(.reserve(reserve), context: context(UInt64(number), start), arrears: &arrears)
        }
        print("100,000 holds of as many buyers: \(format(Double(residentBytes() - place) / 1e5)) bytes a hold")
        guard place >= empty else { throw Wrong(what: "memory shrank") }
        guard states.count + many.count == 10_010 else { throw Wrong(what: "events are missing") }
    }

    private struct Wrong: Error {
        let what: String
    }

    private static let start = Time(microseconds: 1_780_000_000_000_000)

    private static func rows(_ count: Int, of seats: Int) -> [RowSpec] {
        (1...count).map { RowSpec(name: Label("\($0)"), seats: seats) }
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

    private static func report(_ name: String, _ count: Int, _ time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        let nanoseconds = Int(seconds * 1e9 / Double(count))
        print("\(name): \(Int(Double(count) / seconds)) decisions/s, \(nanoseconds) ns each")
    }

    private static func format(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }

    private static func buyer(_ number: Int) -> Label { Label("buyer-\(1_000_000_000_000 + number)") }

    private static func context(_ number: UInt64, _ now: Time) -> Context {
        // Spread as the hashes are that command ids come from.
        let mixed = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        return Context(
            commandId: CommandId(high: mixed ^ mixed >> 31, low: mixed &* 0xBF58_476D_1CE4_E5B9),
            tenant: TenantId(high: 0, low: 1), now: now)
    }

    private static func event(_ sections: [SectionSpec], number: Int = 0, price: Int64 = 5_000) throws -> EventState {
        guard let currency = Currency("EUR") else { throw Wrong(what: "no such currency") }
        let command = CreateEvent(
            event: EventId(high: 1, low: UInt64(number)), details: EventDetails(name: "Concert"), currency: currency,
            tiers: [TierSpec(name: "A", price: price)],
            shows: [ShowSpec(startsAt: start + 31_536_000, sections: sections)])
        guard let state = EventState.create(command, context: context(UInt64(number), start)).0 else {
            throw Wrong(what: "the event was refused")
        }
        return state
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let fields = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
    }
}
