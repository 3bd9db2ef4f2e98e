@testable import Ticketing

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

    mutating func one<Value>(of values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &self)] }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// Makes commands that are likely to get in each other's way: few places, few buyers, short times.
struct Histories {
    var random: Seeded
    private var reservations: [ReservationId] = [ReservationId(command: CommandId(high: 2, low: 1), index: 0)]
    private var entries: [EntryId] = [EntryId(command: CommandId(high: 2, low: 1), index: 0)]
    private var payments: [PaymentId] = [PaymentId(command: CommandId(high: 2, low: 1), index: 0)]
    private var refunds: [RefundId] = [RefundId(command: CommandId(high: 2, low: 1), index: 0)]
    private var totals: [PaymentId: Money] = [:]

    /// Whether many wait for little.
    private let isCrowded: Bool

    init(seed: UInt64) {
        random = Seeded(seed)
        isCrowded = random.chance(50)
    }

    mutating func event() throws -> CreateEvent {
        var settings = Settings()
        settings.maxTicketsPerBuyer = random.number(2...6)
        settings.hold = Seconds(Int64(random.number(20...60)))
        settings.payment = Seconds(Int64(random.number(10...40)))
        settings.offer = Seconds(Int64(random.number(10...40)))
        settings.maxPassOvers = random.number(0...2)
        let shows = (1...random.number(1...3)).map { _ in show() }
        let policy = [
            PolicyStep(hoursBefore: 0, percent: 33), PolicyStep(hoursBefore: 1, percent: 50),
            PolicyStep(hoursBefore: 3, percent: 100),
        ]
        let isFree = random.chance(10)
        return try Scenario.event(
            shows: shows, settings: settings, policy: random.chance(80) ? policy.shuffled(using: &random) : nil,
            tiers: [TierSpec(name: "A", price: isFree ? 0 : 5_001), TierSpec(name: "B", price: 1_999)])
    }

    private mutating func show() -> ShowSpec {
        let starts = Scenario.start + Seconds(Int64(random.number(1_000...20_000)))
        var sections = [
            SectionSpec(
                name: "Floor", tier: "A",
                rows: (1...random.number(1...3)).map { RowSpec(Label("R\($0)"), random.number(1...7)) })
        ]
        if random.chance(70) {
            sections.append(
                SectionSpec(name: "Standing", tier: random.chance(50) ? "A" : "B", capacity: random.number(1...6)))
        }
        if random.chance(60) {
            sections.append(SectionSpec(name: "Balcony", tier: "B", rows: [RowSpec("X", random.number(1...6))]))
        }
        return ShowSpec(
            startsAt: starts, salesStart: random.chance(10) ? Scenario.start + 60 : nil,
            salesEnd: random.chance(15) ? Scenario.start + Seconds(Int64(random.number(200...2_000))) : nil,
            sections: sections)
    }

    mutating func seconds() -> Int64 {
        random.chance(60) ? 0 : Int64(random.chance(90) ? random.number(1...15) : random.number(30...700))
    }

    private mutating func buyer() -> Label { Label("buyer \(random.number(1...(isCrowded ? 12 : 5)))") }
    private mutating func tier() -> Label { random.chance(98) ? (random.chance(60) ? "A" : "B") : "C" }

    /// Mostly what is new: old things do not change any more.
    private mutating func recent<Value>(_ values: [Value]) -> Value {
        // The first is an id that nobody made.
        let known = values.count > 1 && !random.chance(4) ? Array(values.dropFirst()) : values
        return random.one(of: random.chance(70) ? known.suffix(5) : known)
    }

    private mutating func seats(_ state: EventState, _ show: ShowNumber, most: Int) -> [SeatName] {
        guard let layout = state.layout(of: show), random.chance(97) else {
            return [SeatName(section: "Nowhere", row: "A", number: 1)]
        }
        let count = random.number(1...most)
        if random.chance(60) {
            let first = random.number(1...layout.placeCount)
            return (first...min(first + count - 1, layout.placeCount)).map { layout.name(of: UInt32($0)) }
        }
        return (0..<count).map { _ in layout.name(of: UInt32(random.number(1...layout.placeCount))) }
    }

    mutating func command(_ state: EventState) -> Command {
        if isCrowded, random.chance(60) { return crowdedCommand() }
        let show = random.number(1...(state.showCount + (random.chance(2) ? 1 : 0)))
        switch random.number(0...99) {
        case 0..<20:
            return .reserve(
                Reserve(
                    show: show, buyer: buyer(), tier: tier(), quantity: random.number(1...5),
                    together: random.chance(60)))
        case 20..<30:
            return .reserve(Reserve(show: show, buyer: buyer(), seats: seats(state, show, most: 3)))
        case 30..<36: return .release(recent(reservations))
        case 36..<40: return .extend(recent(reservations), by: Seconds(Int64(random.number(1...60))))
        case 40..<52:
            return .joinWaitlist(
                JoinWaitlist(show: show, buyer: buyer(), tier: tier(), quantity: random.number(1...4)))
        case 52..<55: return .leaveWaitlist(recent(entries))
        case 55..<68:
            return .checkout(
                Checkout(
                    reservation: recent(reservations), provider: "sandbox", acceptEquivalent: random.chance(50)))
        case 68..<71: return .paymentCreated(recent(payments), reference: "ref")
        case 71..<84: return .paymentResult(recent(payments), result())
        case 84..<87: return .cancelBooking(BookingId(recent(reservations)))
        case 87..<90: return .refundBooking(BookingId(recent(reservations)), refund(state))
        case 90..<92:
            return .refundResult(recent(refunds), random.chance(60) ? .succeeded : .failed(reason: "no"))
        case 92..<95:
            return .checkIn(
                CheckIn(
                    ticket: TicketId(BookingId(recent(reservations)), at: random.number(0...2)), gate: "G",
                    nonce: Label("\(random.number(1...2))")))
        case 95:
            return .block(show: min(show, state.showCount), seats: seats(state, min(show, state.showCount), most: 3))
        case 96:
            return .unblock(show: min(show, state.showCount), seats: seats(state, min(show, state.showCount), most: 9))
        case 97: return .changeEvent(ChangeEvent(prices: [TierSpec(name: "B", price: Int64(random.number(0...3_000)))]))
        case 98 where random.chance(20):
            return random.chance(30) ? .cancelEvent : .cancelShow(min(show, state.showCount))
        default:
            return .reserve(Reserve(show: show, buyer: buyer(), tier: "A", quantity: 1))
        }
    }

    /// All of it about the first show's first tier.
    private mutating func crowdedCommand() -> Command {
        switch random.number(0...9) {
        case 0..<3: .reserve(Reserve(show: 1, buyer: buyer(), tier: "A", quantity: random.number(1...3)))
        case 3..<7: .joinWaitlist(JoinWaitlist(show: 1, buyer: buyer(), tier: "A", quantity: random.number(1...4)))
        case 7: .leaveWaitlist(recent(entries))
        case 8: .release(recent(reservations))
        default: .checkout(Checkout(reservation: recent(reservations), provider: "sandbox"))
        }
    }

    private mutating func result() -> PaymentResult {
        switch random.number(0...9) {
        case 0: .cancelled
        case 1, 2: .failed(reason: "declined")
        default: .succeeded(Money(1, Scenario.euro))
        }
    }

    private mutating func refund(_ state: EventState) -> RefundRequest {
        random.chance(40)
            ? .amount(Int64(random.number(1...6_000)))
            : .tickets([TicketId(BookingId(recent(reservations)), at: random.number(0...2))])
    }

    /// Puts the right amount into a success, most of the time.
    mutating func corrected(_ command: Command, _ state: EventState) -> Command {
        switch command {
        case .paymentResult(let id, .succeeded):
            guard random.chance(92), let row = state.paymentRow(id) else { return command }
            return .paymentResult(id, .succeeded(Money(row.amount, Scenario.euro)))
        case .refundBooking(let id, .tickets(let tickets)):
            return .refundBooking(id, .tickets(tickets.map { TicketId(id, at: $0.origin.position) }))
        default: return command
        }
    }

    /// Remembers what a decision made, to ask for it later.
    mutating func learn(_ decision: Decision) {
        for write in decision.writes {
            switch write {
            case .insertReservation(let row): reservations.append(row.id)
            case .insertEntry(let row): entries.append(row.id)
            case .insertPayment(let row): payments.append(row.id)
            case .insertRefund(let row): refunds.append(row.id)
            default: break
            }
        }
    }
}
