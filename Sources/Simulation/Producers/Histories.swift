internal import Ticketing

/// What a buyer's app knows of an event.
protocol EventFacts {
    var showCount: Int { get }
    /// How many places a show has; nil if there is no such show.
    func placeCount(of show: ShowNumber) -> Int?
    func name(of place: Int, in show: ShowNumber) -> SeatName
    func amount(of payment: PaymentId) -> Int64?
}

/// Makes commands that are likely to get in each other's way: few places, few buyers, short times.
struct Histories {
    /// How long things last.
    struct Pace {
        var hold = 20...60
        var payment = 10...40
        var offer = 10...40
        /// When shows start, from the event's making.
        var start = 1_000...20_000
        /// Of 100 events, how many sell from a minute later only.
        var lateSales = 10
    }

    static var euro: Currency {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return euro
    }

    var random: Seeded
    private let pace: Pace
    private var reservations: [ReservationId] = [ReservationId(command: CommandId(high: 2, low: 1), index: 0)]
    private var entries: [EntryId] = [EntryId(command: CommandId(high: 2, low: 1), index: 0)]
    private var payments: [PaymentId] = [PaymentId(command: CommandId(high: 2, low: 1), index: 0)]
    private var refunds: [RefundId] = [RefundId(command: CommandId(high: 2, low: 1), index: 0)]
    /// Whether many wait for little.
    private let isCrowded: Bool
    /// Whether providers tell more than that money was taken: they did not in the first version of the rules.
    private let hasReports: Bool

    init(seed: UInt64, pace: Pace = Pace(), hasReports: Bool = true) {
        random = Seeded(seed)
        self.pace = pace
        self.hasReports = hasReports
        isCrowded = random.chance(50)
    }

    mutating func event(_ id: EventId, at start: Time) -> CreateEvent {
        var settings = Settings()
        settings.maxTicketsPerBuyer = random.number(2...6)
        settings.hold = Seconds(Int64(random.number(pace.hold)))
        settings.payment = Seconds(Int64(random.number(pace.payment)))
        settings.offer = Seconds(Int64(random.number(pace.offer)))
        settings.maxPassOvers = random.number(0...2)
        let shows = (1...random.number(1...3)).map { _ in show(start) }
        let policy = [
            PolicyStep(hoursBefore: 0, percent: 33), PolicyStep(hoursBefore: 1, percent: 50),
            PolicyStep(hoursBefore: 3, percent: 100),
        ]
        let isFree = random.chance(10)
        return CreateEvent(
            event: id, details: EventDetails(name: "Concert", venue: "Hall", city: "Town", country: "DE"),
            currency: Self.euro, settings: settings,
            refundPolicy: random.chance(80) ? policy.shuffled(using: &random) : nil,
            tiers: [TierSpec(name: "A", price: isFree ? 0 : 5_001), TierSpec(name: "B", price: 1_999)], shows: shows)
    }

    mutating func show(_ start: Time) -> ShowSpec {
        let wait = random.number(pace.start)
        let starts = start + Seconds(Int64(wait))
        func row(_ name: String, _ seats: Int) -> RowSpec { RowSpec(name: Label(name), seats: seats) }
        var sections = [
            SectionSpec(
                name: "Floor", tier: "A",
                rows: (1...random.number(1...3)).map { row("R\($0)", random.number(1...7)) })
        ]
        if random.chance(70) {
            sections.append(
                SectionSpec(name: "Standing", tier: random.chance(50) ? "A" : "B", capacity: random.number(1...6)))
        }
        if random.chance(60) {
            sections.append(SectionSpec(name: "Balcony", tier: "B", rows: [row("X", random.number(1...6))]))
        }
        return ShowSpec(
            startsAt: starts,
            salesStart: random.chance(pace.lateSales) ? start + Seconds(Int64(min(60, wait / 2))) : nil,
            salesEnd: random.chance(15) ? start + Seconds(Int64(random.number(wait / 2 + 1...wait + 100))) : nil,
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

    private mutating func seats(_ facts: some EventFacts, _ show: ShowNumber, most: Int) -> [SeatName] {
        guard let places = facts.placeCount(of: show), random.chance(97) else {
            return [SeatName(section: "Nowhere", row: "A", number: 1)]
        }
        let count = random.number(1...most)
        if random.chance(60) {
            let first = random.number(1...places)
            return (first...min(first + count - 1, places)).map { facts.name(of: $0, in: show) }
        }
        return (0..<count).map { _ in facts.name(of: random.number(1...places), in: show) }
    }

    mutating func command(_ facts: some EventFacts) -> Command {
        if hasReports, random.chance(5) { return report() }
        if isCrowded, random.chance(60) { return crowdedCommand() }
        let show = random.number(1...(facts.showCount + (random.chance(2) ? 1 : 0)))
        switch random.number(0...99) {
        case 0..<20:
            return .reserve(
                Reserve(
                    show: show, buyer: buyer(), tier: tier(), quantity: random.number(1...5),
                    together: random.chance(60)))
        case 20..<30:
            return .reserve(Reserve(show: show, buyer: buyer(), seats: seats(facts, show, most: 3)))
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
        case 87..<90: return .refundBooking(BookingId(recent(reservations)), refund())
        case 90..<92:
            return .refundResult(recent(refunds), random.chance(60) ? .succeeded : .failed(reason: "no"))
        case 92..<95:
            return .checkIn(
                CheckIn(
                    ticket: TicketId(BookingId(recent(reservations)), at: random.number(0...2)), gate: "G",
                    nonce: Label("\(random.number(1...2))")))
        case 95:
            return .block(show: min(show, facts.showCount), seats: seats(facts, min(show, facts.showCount), most: 3))
        case 96:
            return .unblock(show: min(show, facts.showCount), seats: seats(facts, min(show, facts.showCount), most: 9))
        case 97: return .changeEvent(ChangeEvent(prices: [TierSpec(name: "B", price: Int64(random.number(0...3_000)))]))
        case 98 where random.chance(20):
            return random.chance(30) ? .cancelEvent : .cancelShow(min(show, facts.showCount))
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
        default: .succeeded(Money(1, Self.euro))
        }
    }

    /// A dispute, or a refund that the provider made itself; amounts come later.
    private mutating func report() -> Command {
        let dollars = random.chance(4) ? Currency("USD") : nil
        let money = Money(Int64(random.number(1...6_000)), dollars ?? Self.euro)
        let reference = Label("\(random.number(1...2))")
        guard random.chance(60) else {
            return .refundReported(recent(payments), ReportedRefund(reference: reference, money: money))
        }
        let status = random.one(of: [DisputeStatus.opened, .opened, .won, .lost])
        return .paymentDispute(recent(payments), DisputeNews(reference: reference, money: money, status: status))
    }

    private mutating func refund() -> RefundRequest {
        random.chance(40)
            ? .amount(Int64(random.number(1...6_000)))
            : .tickets([TicketId(BookingId(recent(reservations)), at: random.number(0...2))])
    }

    /// Puts the right amount into a success, most of the time.
    mutating func corrected(_ command: Command, _ facts: some EventFacts) -> Command {
        switch command {
        case .paymentResult(let id, .succeeded):
            guard random.chance(92), let amount = facts.amount(of: id) else { return command }
            return .paymentResult(id, .succeeded(Money(amount, Self.euro)))
        case .paymentDispute(let id, var news):
            if random.chance(60), let amount = facts.amount(of: id), amount > 0 {
                news.money = Money(amount, news.money.currency)
            }
            return .paymentDispute(id, news)
        case .refundReported(let id, var refund):
            if random.chance(40), let amount = facts.amount(of: id), amount > 0 {
                refund.money = Money(amount, refund.money.currency)
            }
            return .refundReported(id, refund)
        case .refundBooking(let id, .tickets(let tickets)):
            return .refundBooking(id, .tickets(tickets.map { TicketId(id, at: Int($0.index & 0xFF)) }))
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
