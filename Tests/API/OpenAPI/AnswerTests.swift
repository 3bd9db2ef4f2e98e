import TestSupport
import Testing
import Wire

@testable import API
@testable import Simulation
@testable import Ticketing

/// What the rule book decides is answered as it is described, by the operation that asks for it.
@Suite struct AnswerTests {
    typealias Operation = API.Operation

    private let event = Bodies.event
    private let time = Time(microseconds: 1_780_315_200_000_001)

    private var euro: Currency { Currency("EUR") ?? Histories.euro }
    private var money: Money { Money(1_999, euro) }

    private func stamp(_ event: EventId) -> DecisionStamp {
        DecisionStamp(event: event, currency: euro, partition: 12, sequence: 345, decidedAt: time)
    }

    /// What is wrong with the answer to an operation that came to this.
    private func problems(_ operation: Operation, _ decision: Decision, of event: EventId? = nil) -> [String] {
        var body: [UInt8] = []
        decision.appendReply(stamp(event ?? self.event), to: &body)
        let type = decision.status < 400 ? "application/json" : "application/problem+json"
        return Conformance.problems(
            operation, status: decision.status, headers: [("Content-Type", type), ("Request-Id", "req_1")], body: body)
    }

    private func problems(_ operation: Operation, _ outcome: Outcome) -> [String] {
        problems(operation, Decision(id: CommandId(high: 1, low: 2), outcome: outcome))
    }

    // MARK: - One by one

    private var seats: Seats {
        let specs = [SectionSpec(name: "Floor \"é\"", tier: "A", rows: [RowSpec(name: "A", seats: 12)])]
        return Seats(
            places: PlaceList(from: 3, count: 2), layout: Layout(specs, tiers: ["A"]),
            terms: Terms(number: 0, tiers: [TierSpec(name: "A", price: 5_000)], policy: []))
    }

    private var outcomes: [(Operation, Outcome)] {
        let reserved = Reserved(
            reservation: Bodies.minted(), show: 1, buyer: "b \"1\"", seats: seats, total: 10_000, endsAt: time + 600)
        func checkedOut(_ status: PaymentStatus, _ booking: BookingId?) -> Outcome {
            .checkedOut(
                CheckedOut(
                    payment: Bodies.minted(), status: status, provider: "sandbox", total: money, endsAt: time + 300,
                    booking: booking))
        }
        let cancellation = Cancellation(bookings: 3, refunds: money)
        let places = PlaceList(from: 1, count: 2)
        return [
            (.createEvent, .eventCreated(event, shows: 2)), (.createEvent, .eventCreated(event, shows: 0)),
            (.changeEvent, .eventChanged), (.cancelEvent, .eventCancelled(cancellation)),
            (.addShow, .showAdded(2)), (.cancelShow, .showCancelled(1, cancellation)),
            (.blockSeats, .blocked(1, places)), (.unblockSeats, .unblocked(1, places)),
            (.reserve, .reserved(reserved)), (.extendReservation, .extended(Bodies.minted(), endsAt: time + 900)),
            (.releaseReservation, .released(Bodies.minted(), .released)),
            (.releaseReservation, .released(Bodies.minted(), .expired)),
            (.releaseReservation, .released(Bodies.minted(), .cancelled)),
            (.joinWaitlist, .joined(Bodies.minted(), position: 1)),
            (.leaveWaitlist, .left(Bodies.minted(), .left)), (.leaveWaitlist, .left(Bodies.minted(), .lapsed)),
            (.checkout, checkedOut(.creating, nil)), (.checkout, checkedOut(.pending, nil)),
            (.checkout, checkedOut(.succeeded, Bodies.minted())),
            (.cancelBooking, .bookingCancelled(Bodies.minted(), refund: Bodies.minted(), money)),
            (.cancelBooking, .bookingCancelled(Bodies.minted(), refund: nil, Money(0, euro))),
            (.refundBooking, .refunded(Bodies.minted(), Bodies.minted(), money)),
            (.refundBooking, .refunded(Bodies.minted(), nil, Money(0, euro))),
            (.checkIn, .admitted(Bodies.minted(), at: time, gate: "N")),
        ]
    }

    @Test func everyOutcomeIsAsDescribed() {
        for (operation, outcome) in outcomes {
            #expect(problems(operation, outcome) == [], "\(operation.name)")
        }
        let desk = Guides.accounts + Guides.desk + Guides.internalListener
        let commands = Guides.all.filter { operation, guide in
            guide.parameters.contains { $0.name == "Idempotency-Key" } && !desk.contains { $0.0.name == operation.name }
        }.map(\.0.name)
        #expect(Set(commands) == Set(outcomes.map(\.0.name)), "each command is tried")
    }

    @Test func anotherOperationsOutcomeIsNot() {
        for (operation, outcome) in outcomes {
            let taken = outcomes.map(\.0).filter { $0.name != operation.name && problems($0, outcome).isEmpty }
            // Being changed and being cancelled say no more than that.
            #expect(taken.isEmpty, "\(operation.name)'s is taken for one of \(taken.map(\.name))")
        }
    }

    private func sample(_ kind: Refusal.Kind) -> [Refusal] {
        let seat = SeatName(section: "Floor", row: "A", number: 1)
        switch kind {
        case .noSuchEvent: return [.noSuchEvent]
        case .noSuchShow: return [.noSuchShow]
        case .noSuchTier: return [.noSuchTier]
        case .noSuchSeat: return [.noSuchSeat(seat), .noSuchSeat(SeatName(section: "S", row: nil, number: 712))]
        case .noSuchReservation: return [.noSuchReservation]
        case .noSuchBooking: return [.noSuchBooking]
        case .noSuchEntry: return [.noSuchEntry]
        case .noSuchRefund: return [.noSuchRefund]
        case .invalid: return Invalid.allCases.map { .invalid($0) }
        case .eventExists: return [.eventExists]
        case .eventCancelled: return [.eventCancelled]
        case .showCancelled: return [.showCancelled]
        case .showNotOnSale:
            return [.showNotOnSale(salesStart: nil, salesEnd: time), .showNotOnSale(salesStart: time, salesEnd: nil)]
        case .seatsUnavailable: return [.seatsUnavailable([seat, seat])]
        case .soldOut: return [.soldOut]
        case .noAdjacentSeats: return [.noAdjacentSeats]
        case .buyerLimitExceeded: return [.buyerLimitExceeded(limit: 10, has: 9)]
        case .waitlistFirst: return [.waitlistFirst]
        case .holdExpired: return [.holdExpired]
        case .holdLimitReached: return [.holdLimitReached]
        case .alreadyBooked: return [.alreadyBooked(Bodies.minted())]
        case .alreadyWaiting: return [.alreadyWaiting(Bodies.minted())]
        case .placesAvailable: return [.placesAvailable]
        case .alreadyTaken: return [.alreadyTaken(Bodies.minted())]
        case .notRefundable: return [.notRefundable]
        case .alreadyAdmitted: return [.alreadyAdmitted(at: time, gate: "N")]
        case .notValid: return [.notValid]
        }
    }

    @Test func everyRefusalIsAsDescribedWhereItIsListed() {
        var described: Set<Refusal.Kind> = []
        for (operation, guide) in Guides.all {
            for kind in Refusal.Kind.allCases {
                let isListed = guide.problems.contains(.refusal(kind))
                if isListed { described.insert(kind) }
                for refusal in sample(kind) {
                    #expect(
                        problems(operation, .refused(refusal)).isEmpty == isListed, "\(operation.name) \(refusal.code)")
                }
            }
        }
        // Only providers' messages name refunds.
        #expect(Set(Refusal.Kind.allCases).subtracting(described) == [.noSuchRefund])
    }

    // MARK: - Many

    private func operation(_ command: Command) -> Operation? {
        switch command {
        case .changeEvent: .changeEvent
        case .cancelEvent: .cancelEvent
        case .addShow: .addShow
        case .cancelShow: .cancelShow
        case .block: .blockSeats
        case .unblock: .unblockSeats
        case .reserve: .reserve
        case .extend: .extendReservation
        case .release: .releaseReservation
        case .joinWaitlist: .joinWaitlist
        case .leaveWaitlist: .leaveWaitlist
        case .checkout: .checkout
        case .cancelBooking: .cancelBooking
        case .refundBooking: .refundBooking
        case .checkIn: .checkIn
        case .paymentCreated, .paymentResult, .paymentDispute, .refundReported, .refundResult: nil
        }
    }

    @Test func whateverTheRuleBookDecidesIsAsDescribed() throws {
        var refused: Set<String> = []
        for seed in 1...60 as ClosedRange<UInt64> {
            var histories = Histories(seed: seed)
            let tenant = TenantId(high: 7, low: 7)
            let create = histories.event(event, at: time)
            let context = Context(commandId: CommandId(high: 1, low: 1), tenant: tenant, now: time)
            let (created, first) = EventState.create(create, context: context)
            var state = try #require(created)
            #expect(problems(.createEvent, first) == [])
            var now = time
            for step in 1...160 as ClosedRange<UInt64> {
                now = now + Seconds(histories.seconds())
                let facts = Facts(state: state)
                let command = histories.corrected(histories.command(facts), facts)
                let id = CommandId(high: 2, low: step << 32 | 0xFFFF)
                var arrears = Arrears(seed: CommandId(high: 2, low: step << 32), atMost: 1_000)
                let decision = try #require(
                    state.decide(
                        command, context: Context(commandId: id, tenant: tenant, now: now), arrears: &arrears))
                for done in arrears.decisions + [decision] { histories.learn(done) }
                guard let operation = operation(command) else { continue }
                if case .refused(let refusal) = decision.outcome { refused.insert("\(operation.name) \(refusal.code)") }
                let found = problems(operation, decision)
                guard found.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(operation.name): \(found)")
                    return
                }
            }
        }
        #expect(refused.count > 40, "\(refused.sorted())")
    }
}

/// What a buyer's app knows of an event.
private struct Facts: EventFacts {
    let state: EventState

    var showCount: Int { state.showCount }
    func placeCount(of show: ShowNumber) -> Int? { state.layout(of: show)?.placeCount }
    func name(of place: Int, in show: ShowNumber) -> SeatName {
        state.layout(of: show)?.name(of: UInt32(place)) ?? SeatName(section: "", row: nil, number: 0)
    }
    func amount(of payment: PaymentId) -> Int64? { state.paymentRow(payment)?.amount }
}
