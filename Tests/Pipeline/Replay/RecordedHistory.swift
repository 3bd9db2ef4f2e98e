import Ticketing
import Wire

@testable import Pipeline

/// A journal in which everything happens: few places, few buyers, short times, several events in several partitions,
/// one of which moves.
struct RecordedHistory {
    private(set) var recorder: Recorder
    private var random: Seeded
    private let events: [EventId]
    private let partitions: Int
    private var now = Recorder.start
    private var reservations: [EventId: [ReservationId]] = [:]
    private var entries: [EventId: [EntryId]] = [:]
    private var payments: [EventId: [(id: PaymentId, amount: Int64)]] = [:]
    private var refunds: [EventId: [RefundId]] = [:]
    private var bookings: [EventId: [BookingId]] = [:]

    init(seed: UInt64, events: Int = 4, partitions: Int = 3) throws {
        recorder = try Recorder()
        random = Seeded(seed)
        self.events = (1...events).map { Recorder.event(UInt64($0)) }
        self.partitions = partitions
    }

    /// Every second one ends with the cancellation of all events.
    static func make(seed: UInt64, batches: Int = 150) throws -> Recorder {
        var history = try RecordedHistory(seed: seed)
        for number in 0..<batches { history.batch(number) }
        if seed % 2 == 0 { history.end() }
        return history.recorder
    }

    private func home(of event: EventId) -> Int {
        recorder.homes[event] ?? Keys.partition(of: event, among: partitions)
    }

    private mutating func batch(_ number: Int) {
        if random.chance(60) { now = now + Seconds(Int64(random.number(1...25))) }
        // Long enough for whoever places were gathered for in vain.
        if random.chance(1) { now = now + Bounds.gathering }
        if random.chance(5) { recorder.epoch += 1 }
        if number % 40 == 39, let event = random.one(of: events), recorder.homes[event] != nil { return move(event) }
        let partition = random.number(0...partitions - 1)
        let mine = events.filter { home(of: $0) == partition }
        guard let first = mine.first else { return }
        var steps: [Recorder.Step] = []
        for event in mine where recorder.states[event] == nil && random.chance(70) {
            steps.append(.command(event, Content(.create(create(event)))))
        }
        for _ in 0..<random.number(1...12) {
            guard let event = random.one(of: mine) else { continue }
            steps.append(.command(event, content(event)))
        }
        if random.chance(4) { steps.append(.parked(first, .poison)) }
        record(partition, steps + mine.filter { recorder.states[$0]?.isBehind(at: now) == true }.map { .due($0) })
    }

    private mutating func move(_ event: EventId) {
        let source = home(of: event)
        let target = (source + 1) % partitions
        record(source, [.due(event), .out(event, to: target)])
        if random.chance(50) { now = now + 1 }
        record(target, [.in(event, from: source), .command(event, content(event))])
    }

    /// Cancels what is left, and unwinds it.
    private mutating func end() {
        for event in events where recorder.states[event] != nil {
            record(home(of: event), [.command(event, Content(.cancelEvent)), .due(event)])
            now = now + 1
            record(home(of: event), [.due(event), .command(event, content(event))])
        }
    }

    private mutating func record(_ partition: Int, _ steps: [Recorder.Step]) {
        recorder.record(partition, at: now, steps)
        guard let rows = recorder.sealed.last?.batch.entries else { return }
        for entry in rows { learn(entry) }
    }

    private mutating func learn(_ entry: Entry) {
        for write in entry.verdict.decision?.writes ?? [] {
            switch write {
            case .insertReservation(let row): reservations[entry.event, default: []].append(row.id)
            case .insertEntry(let row): entries[entry.event, default: []].append(row.id)
            case .insertPayment(let row): payments[entry.event, default: []].append((row.id, row.amount))
            case .insertRefund(let row): refunds[entry.event, default: []].append(row.id)
            case .insertBooking(let row): bookings[entry.event, default: []].append(row.id)
            default: break
            }
        }
    }

    private mutating func create(_ event: EventId) -> CreateEvent {
        var settings = Settings()
        settings.maxTicketsPerBuyer = 4
        settings.hold = 60
        settings.payment = 30
        settings.offer = 40
        settings.maxPassOvers = 1
        return CreateEvent(
            event: event, details: EventDetails(name: "Größte \"Show\"", performers: ["A", "B"]),
            currency: Self.euro, settings: settings,
            tiers: [TierSpec(name: "A", price: 5_001), TierSpec(name: "B", price: random.chance(20) ? 0 : 1_999)],
            shows: [show()])
    }

    static var euro: Currency {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return euro
    }

    private mutating func show() -> ShowSpec {
        let rows = (1...random.number(1...3)).map { RowSpec(name: Label("R\($0)"), seats: 5) }
        return ShowSpec(
            startsAt: Recorder.start + Seconds(Int64(random.number(1_500...20_000))),
            sections: [
                SectionSpec(name: "Floor", tier: "A", rows: rows), SectionSpec(name: "Back", tier: "B", capacity: 6),
            ])
    }

    private mutating func content(_ event: EventId) -> Content {
        let buyer = Label("buyer \(random.number(1...7))")
        let tier: Label = random.chance(70) ? "A" : "B"
        let nobody = ReservationId(command: Recorder.id(1 << 40), index: 0)
        let held = reservations[event]?.suffix(8).randomElement(using: &random) ?? nobody
        if random.chance(5), let payment = payments[event]?.suffix(6).randomElement(using: &random) {
            return report(payment.id, payment.amount, nobody)
        }
        switch random.number(0...99) {
        case 0..<26:
            return Content(.reserve(Reserve(show: 1, buyer: buyer, tier: tier, quantity: random.number(1...4))))
        case 26..<32:
            let seats = (1...2).map { SeatName(section: "Floor", row: "R1", number: $0 + random.number(0...3)) }
            return Content(.reserve(Reserve(show: 1, buyer: buyer, seats: seats[0] == seats[1] ? [seats[0]] : seats)))
        case 32..<38: return Content(.release(held))
        case 38..<42: return Content(.extend(held, by: 20))
        case 42..<56:
            return Content(
                .joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: tier, quantity: random.number(1...4))))
        case 56..<59:
            let entry = entries[event]?.randomElement(using: &random) ?? EntryId(command: nobody.command, index: 0)
            return Content(.leaveWaitlist(entry))
        case 59..<72:
            return Content(.checkout(Checkout(reservation: held, provider: "sandbox", acceptEquivalent: true)))
        case 72..<87:
            guard let payment = payments[event]?.suffix(6).randomElement(using: &random) else { break }
            return Content(.paymentResult(payment.id, .succeeded(Money(payment.amount, Self.euro))))
        case 87..<90:
            return Content(.cancelBooking(bookings[event]?.randomElement(using: &random) ?? BookingId(held)))
        case 90..<92: return Content(.existing(.refundBooking(BookingId(held), .amount(1))), reason: "sorry")
        case 92..<94:
            guard let refund = refunds[event]?.randomElement(using: &random) else { break }
            return Content(.refundResult(refund, .succeeded))
        case 94..<96:
            return Content(.checkIn(CheckIn(ticket: TicketId(BookingId(held), at: 0), gate: "G", nonce: "n")))
        case 96: return Content(.create(create(event)))
        case 97: return Content(.changeEvent(ChangeEvent(prices: [TierSpec(name: "B", price: 2_500)])))
        case 98: return Content(.block(show: 1, seats: [SeatName(section: "Floor", row: "R1", number: 5)]))
        default: break
        }
        return Content(.addShow(show()))
    }

    /// What a provider tells besides that money was taken, and words about a payment that nobody knows.
    private mutating func report(_ payment: PaymentId, _ amount: Int64, _ nobody: ReservationId) -> Content {
        let unknown = PaymentId(command: nobody.command, index: 0)
        let money = Money(random.chance(60) ? max(amount, 1) : Int64(random.number(1...6_000)), Self.euro)
        let reference = Label("\(random.number(1...2))")
        let statuses: [DisputeStatus] = [.opened, .opened, .won, .lost]
        switch random.number(0...9) {
        case 0: return Content(.paymentCreated(unknown, reference: nil))
        case 1: return Content(.paymentResult(unknown, .succeeded(money)))
        case 2: return Content(.paymentCreated(payment, reference: reference))
        case 3..<6: return Content(.refundReported(payment, ReportedRefund(reference: reference, money: money)))
        default:
            let status = statuses.randomElement(using: &random) ?? .opened
            return Content(
                .paymentDispute(payment, DisputeNews(reference: reference, money: money, status: status)))
        }
    }
}
