import Testing

@testable import Simulation
@testable import Ticketing

/// What a provider tells about the attempts to pay one reservation: delivered in one order, and what it all came to.
struct ProviderMessages {
    /// What has happened before the messages come; after that, time stands still.
    enum Setting: CaseIterable {
        case held, expired, expiredAndTaken, released, showCancelled
    }

    static func euros(_ amount: Int64) -> Money { Money(amount, Scenario.euro) }

    private(set) var scenario: Scenario
    private(set) var stored = StoredEvent()
    let reserved: Reserved
    let payments: [PaymentId]
    /// What people were told to look at, by payment.
    private var reports: [PaymentId: Int64] = [:]
    private var hasFailures = false

    /// A reservation of 100.00, and an attempt to pay it for each of these.
    init(_ setting: Setting, acceptEquivalent: [Bool]) throws {
        let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4), RowSpec("B", 4)])
        let event = try Scenario.event(shows: [Scenario.show([row])])
        scenario = try Scenario(event)
        let context = Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        try stored.apply(EventState.create(event, context: context).1)
        var writes: [Decision] = []
        func send(_ command: Command, _ scenario: inout Scenario) throws -> Decision {
            let decision = try scenario.send(command)
            writes += scenario.fallen + [decision]
            return decision
        }
        let reserve = Command.reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 2))
        guard case .reserved(let reserved) = try send(reserve, &scenario).outcome else { throw Scenario.NotReserved() }
        self.reserved = reserved
        var payments: [PaymentId] = []
        for accepts in acceptEquivalent {
            if let last = payments.last { _ = try send(.paymentResult(last, .failed(reason: "x")), &scenario) }
            let checkout = Checkout(
                reservation: reserved.reservation, provider: "sandbox", acceptEquivalent: accepts)
            guard case .checkedOut(let out) = try send(.checkout(checkout), &scenario).outcome else {
                throw Scenario.NotReserved()
            }
            payments.append(out.payment)
        }
        self.payments = payments
        switch setting {
        case .held: break
        case .expired, .expiredAndTaken:
            scenario.pass(900)
            guard setting == .expiredAndTaken, let seat = SeatName("Floor/A/1") else { break }
            _ = try send(.reserve(Reserve(show: 1, buyer: "bob", seats: [seat])), &scenario)
        case .released: _ = try send(.release(reserved.reservation), &scenario)
        case .showCancelled: _ = try send(.cancelShow(1), &scenario)
        }
        _ = scenario.fallDue()
        for decision in writes + scenario.fallen { try stored.apply(decision) }
    }

    /// Tells them in this order. A refund's result comes after the refund was asked for: earlier, it is told again
    /// later.
    mutating func tell(_ messages: [Command]) throws {
        var early: [Command] = []
        for message in messages where try tell(message) == .refused(.noSuchRefund) { early.append(message) }
        while !early.isEmpty {
            let again = early
            early = []
            for message in again where try tell(message) == .refused(.noSuchRefund) { early.append(message) }
            if early.count == again.count { return }
        }
    }

    private mutating func tell(_ message: Command) throws -> Outcome {
        let decision = try scenario.send(message)
        for done in scenario.fallen + [decision] { try stored.apply(done) }
        for case .reportIncident(let id, let money?) in decision.effects { reports[id, default: 0] += money.amount }
        if case .refundResult(_, .failed) = message { hasFailures = true }
        try check(after: message)
        return decision.outcome
    }

    /// What must hold at every moment.
    private func check(after message: Command) throws {
        let state = scenario.state
        let wrong = state.audit()
        try #require(wrong.isEmpty, "\(message): \(wrong)")
        for id in payments {
            let row = try #require(state.paymentRow(id))
            let account = try #require(state.account(of: id))
            let captured = row.captured?.amount ?? 0
            // By the rows alone, each amount that was taken is a ticket's, given back, an incident's, or was lost.
            let ours = stored.refunds.values.filter { $0.payment == id && $0.reason != .byProvider }
            let moneys =
                stored.refunds.values.filter { $0.payment == id }
                .compactMap { row in row.origin.map { Money(row.amount, $0.currency) } }
                + stored.disputes.values.filter { $0.payment == id && $0.status == .lost }.map(\.money)
            let gone = moneys.reduce(0) { $1.currency == row.captured?.currency ? $0 + $1.amount : $0 }
            let foreign = moneys.reduce(0) { $0 + $1.amount } - gone
            let given = ours.reduce(0) { $0 + $1.amount }
            try #require(given <= captured, "we give back \(given) of \(captured)")
            let booking = stored.bookings.values.first { $0.payment == id }
            let kept = max(0, captured - given - gone)
            try #require(kept == account.kept)
            let isTicketed = booking != nil && (booking?.status == .cancelled || !stored.tickets.isEmpty)
            try #require(kept == 0 || isTicketed, "\(kept) of \(captured) are nobody's, after \(message)")
            let whole =
                account.kept + account.lost + account.reported + account.returned + account.returning + account.failed
            try #require(whole == captured)
            let done = ours.reduce(0) { $1.status == .succeeded ? $0 + $1.amount : $0 }
            if row.captured != nil {
                try #require(account.beyond == max(0, gone + done - captured))
                if !hasFailures { try #require(reports[id, default: 0] == account.beyond + foreign) }
            }
        }
    }

    /// All that must not depend on the order, as lines to compare: neither times nor versions, and of our refunds what
    /// is done and what is to be done, not how often we have asked for it.
    var end: [String] {
        var lines: [String] = []
        let state = scenario.state
        for id in payments {
            guard let row = state.paymentRow(id), let account = state.account(of: id) else { continue }
            lines.append("\(row)")
            lines.append("\(account)")
            let ours = stored.refunds.values.filter { $0.payment == id && $0.reason != .byProvider }
            if account.returned + account.returning + account.failed > 0 {
                lines.append("because: \(Set(ours.map(\.reason)).map(\.rawValue).sorted())")
            }
        }
        lines += stored.refunds.values.filter { $0.reason == .byProvider }
            .map { "\($0.payment) \($0.origin as Any) \($0.amount)" }.sorted()
        lines += stored.disputes.values.map { "\($0)" }.sorted()
        lines += stored.bookings.values.map { "\($0.id) \($0.payment) \($0.status) \($0.isMoved) \($0.terms)" }
        lines += stored.reservations.values.map { "\($0.id) \($0.status) \($0.places)" }.sorted()
        lines += stored.tickets.map { "\($0.key) \($0.value)" }.sorted()
        lines += stored.claims.map { "\($0.key) \($0.value)" }.sorted()
        lines += stored.incidents.values.map { "\($0.payment) \($0.result as Any)" }.sorted()
        return lines
    }
}
