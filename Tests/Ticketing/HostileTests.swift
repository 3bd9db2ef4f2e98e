import Testing

@testable import Simulation
@testable import Ticketing

@Suite("Hostile commands")
struct HostileTests {
    @Test(
        "Whatever the numbers, names and ids: an answer, no trap, and nothing out of step",
        arguments: [1, 2, 3] as [UInt64])
    func extremes(seed: UInt64) throws {
        var random = Seeded(seed)
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 5)]),
            SectionSpec(name: "Standing", tier: "B", capacity: 5))
        let booking = try scenario.book(try scenario.reserve("ann", 2))
        let held = try scenario.reserve("bob", 2)
        let payment = try scenario.checkout(held)
        let numbers: [Int] = [.min, -1, 0, 1, 2, 100, 101, 1_000, 200_001, .max]
        let long = Label(String(repeating: "é", count: 5_000))
        let labels: [Label] = ["", "A", "B", "ann", "\u{0}", "/", long]
        func id() -> CommandId {
            random.chance(50) ? held.reservation.command : CommandId(high: random.next(), low: random.next())
        }
        func reservation() -> ReservationId {
            ReservationId(command: id(), index: random.chance(70) ? 0 : .max)
        }
        func ticket() -> TicketId {
            random.chance(50)
                ? TicketId(booking, at: random.one(of: numbers))
                : TicketId(command: id(), index: UInt32(truncatingIfNeeded: random.one(of: numbers)))
        }
        func seats() -> [SeatName] {
            (0..<random.number(0...3)).map { _ in
                SeatName(
                    section: random.one(of: labels), row: random.chance(50) ? random.one(of: labels) : nil,
                    number: random.one(of: numbers))
            }
        }
        for _ in 0..<4_000 {
            let (number, label) = (random.one(of: numbers), random.one(of: labels))
            let money = Money(Int64(random.one(of: numbers)), Scenario.euro)
            let target = random.chance(50) ? payment : PaymentId(command: id(), index: 0)
            let commands: [Command] = [
                .reserve(Reserve(show: number, buyer: label, seats: seats())),
                .reserve(
                    Reserve(
                        show: 1, buyer: label, tier: random.one(of: labels), quantity: number,
                        together: random.chance(50))),
                .extend(reservation(), by: Seconds(Int64(number))),
                .joinWaitlist(JoinWaitlist(show: 1, buyer: label, tier: random.one(of: labels), quantity: number)),
                .leaveWaitlist(EntryId(command: id(), index: 0)),
                .checkout(Checkout(reservation: reservation(), provider: label)),
                .paymentCreated(target, reference: label), .paymentResult(target, .succeeded(money)),
                .paymentDispute(
                    target,
                    DisputeNews(
                        reference: label, money: money,
                        status: random.one(of: [DisputeStatus.opened, .opened, .won, .lost]))),
                .refundReported(target, ReportedRefund(reference: label, money: money)),
                .paymentResult(target, .failed(reason: label)), .refundBooking(booking, .amount(Int64(number))),
                .refundBooking(booking, .tickets([ticket(), ticket()])),
                .refundResult(RefundId(target, number: number & 0xFF), .failed(reason: label)),
                .checkIn(CheckIn(ticket: ticket(), gate: label, nonce: label, at: Time(microseconds: Int64(number)))),
                .block(show: number, seats: seats()), .unblock(show: number, seats: seats()), .cancelShow(number &+ 5),
                .changeEvent(ChangeEvent(prices: [TierSpec(name: label, price: Int64(number))])),
                .changeEvent(ChangeEvent(refundPolicy: [PolicyStep(hoursBefore: number, percent: number)])),
                .addShow(Scenario.show([SectionSpec(name: label, tier: "A", capacity: number)])),
            ]
            _ = try scenario.send(random.one(of: commands))
            if random.chance(5) { scenario.pass(Int64(random.number(1...200))) }
        }
        #expect(scenario.state.audit().isEmpty)
    }
}
