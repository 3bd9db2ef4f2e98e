import Testing

@testable import Ticketing

/// An event under test: commands go in with a time that only moves when the test says so.
struct Scenario {
    static let tenant = TenantId(high: 0, low: 7)
    /// 2026-06-01T12:00:00Z.
    static let start = Time(microseconds: 1_780_315_200_000_000)

    static var euro: Currency {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return euro
    }

    var state: EventState
    var now = start
    /// What fell due with the newest command, or in the newest call of `fallDue`.
    var fallen: [Decision] = []
    private var commands: UInt64 = 1_000

    init(_ command: CreateEvent) throws {
        let (state, decision) = EventState.create(
            command, context: Context(commandId: CommandId(high: 1, low: 1), tenant: Self.tenant, now: Self.start))
        try #require(!decision.isRefused, "\(decision.outcome)")
        self.state = try #require(state)
    }

    /// One show two days ahead with the sections given; tiers A and B at 50.00 and 20.00.
    init(_ sections: SectionSpec..., settings: Settings = Settings(), policy: [PolicyStep]? = nil) throws {
        try self.init(Self.event(shows: [Self.show(sections)], settings: settings, policy: policy))
    }

    static func event(
        shows: [ShowSpec], settings: Settings = Settings(), policy: [PolicyStep]? = nil,
        tiers: [TierSpec] = [TierSpec(name: "A", price: 5_000), TierSpec(name: "B", price: 2_000)]
    ) throws -> CreateEvent {
        CreateEvent(
            event: EventId(high: 9, low: 9), details: EventDetails(name: "Concert"),
            currency: try #require(Currency("EUR")), settings: settings, refundPolicy: policy, tiers: tiers,
            shows: shows)
    }

    static func show(_ sections: [SectionSpec], in hours: Int64 = 48) -> ShowSpec {
        ShowSpec(startsAt: start + Seconds(hours * 3_600), sections: sections)
    }

    mutating func nextContext() -> Context {
        commands += 1
        return Context(commandId: CommandId(high: 2, low: commands), tenant: Self.tenant, now: now)
    }

    /// Decides a command; what fell due before is in `fallen`.
    mutating func send(_ command: Command) throws -> Decision {
        let context = nextContext()
        var arrears = Arrears(seed: CommandId(high: 3, low: context.commandId.low << 20))
        let decision = state.decide(command, context: context, arrears: &arrears)
        fallen = arrears.decisions
        return try #require(decision, "behind")
    }

    mutating func outcome(_ command: Command) throws -> Outcome { try send(command).outcome }

    mutating func refusal(_ command: Command) throws -> Refusal? {
        guard case .refused(let refusal) = try outcome(command) else { return nil }
        return refusal
    }

    mutating func pass(_ seconds: Int64) { now = now + Seconds(seconds) }

    mutating func fallDue(atMost budget: Int = 1_000) -> [Outcome] {
        commands += 1
        var arrears = Arrears(seed: CommandId(high: 3, low: commands << 20), atMost: budget)
        state.fallDue(through: now, arrears: &arrears)
        fallen = arrears.decisions
        return fallen.map(\.outcome)
    }

    mutating func reserve(
        _ buyer: Label, _ quantity: Int = 1, tier: Label = "A", show: ShowNumber = 1, together: Bool = true
    ) throws -> Reserved {
        try reserved(.reserve(Reserve(show: show, buyer: buyer, tier: tier, quantity: quantity, together: together)))
    }

    mutating func take(_ buyer: Label, _ seats: String..., show: ShowNumber = 1) throws -> Reserved {
        try reserved(
            .reserve(Reserve(show: show, buyer: buyer, seats: try seats.map { try #require(SeatName($0)) })))
    }

    /// The payment of a checkout.
    mutating func checkout(_ reserved: Reserved, acceptEquivalent: Bool = false) throws -> PaymentId {
        let outcome = try outcome(
            .checkout(
                Checkout(
                    reservation: reserved.reservation, provider: "sandbox", acceptEquivalent: acceptEquivalent)))
        guard case .checkedOut(let out) = outcome else {
            Issue.record("not checked out: \(outcome)")
            throw NotReserved()
        }
        return out.payment
    }

    /// The whole way from a hold to a booking.
    mutating func book(_ reserved: Reserved) throws -> BookingId {
        let payment = try checkout(reserved)
        _ = try send(.paymentResult(payment, .succeeded(Money(reserved.total, Self.euro))))
        try #require(state.bookingRow(BookingId(reserved.reservation))?.status == .booked)
        return BookingId(reserved.reservation)
    }

    mutating func succeed(_ payment: PaymentId, _ amount: Int64) throws -> PaymentStep {
        guard case .paid(_, let step) = try outcome(.paymentResult(payment, .succeeded(Money(amount, Self.euro))))
        else {
            throw NotReserved()
        }
        return step
    }

    private mutating func reserved(_ command: Command) throws -> Reserved {
        let outcome = try outcome(command)
        guard case .reserved(let reserved) = outcome else {
            Issue.record("not reserved: \(outcome)")
            throw NotReserved()
        }
        return reserved
    }

    struct NotReserved: Error {}
}

extension Reserved {
    var names: [String] { seats.map(\.name.description) }
}

extension RowSpec {
    init(_ name: Label, _ seats: Int) { self.init(name: name, seats: seats) }
}
