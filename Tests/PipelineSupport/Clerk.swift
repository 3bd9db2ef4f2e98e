public import Pipeline
public import Runtime
public import Ticketing

/// Decides commands about one event and keeps what the journal would be told.
public struct Clerk {
    public static let tenant = TenantId(high: 0, low: 7)
    public let event: EventId
    public private(set) var state: EventState?
    public var now: Time
    /// Since they were taken last.
    public private(set) var entries: [Entry] = []
    private var commands: UInt64

    public static var euro: Currency {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return euro
    }

    /// - Parameter commands: what ids of commands count up from.
    public init(_ event: EventId, at now: Time, commands: UInt64 = 0) {
        self.event = event
        self.now = now
        self.commands = commands
    }

    /// The first event, counted from `low`, that the partition decides.
    public static func event(of partition: Int, among partitions: Int, from low: UInt64 = 1) -> EventId {
        var id = EventId(high: 0xE, low: low)
        while Keys.partition(of: id, among: partitions) != partition { id = EventId(high: id.high, low: id.low + 1) }
        return id
    }

    public mutating func nextId() -> CommandId {
        commands += 1
        return CommandId(high: event.low, low: commands)
    }

    @discardableResult
    public mutating func create(
        _ sections: [SectionSpec], settings: Ticketing.Settings = Ticketing.Settings()
    ) -> Decision {
        let context = context()
        let (state, decision) = EventState.create(
            CreateEvent(
                event: event,
                details: EventDetails(
                    name: "Concert “A\\B”", description: "Line 1\nLine 2", category: "music", language: "de",
                    durationMinutes: 90, venue: "Hall", city: "Köln", country: "DE", latitude: 50_941_357,
                    longitude: -6_958_307, performers: ["One, {two}", "\"Three\""]),
                currency: Self.euro, settings: settings,
                tiers: [TierSpec(name: "A", price: 5_000), TierSpec(name: "B", price: 2_000)],
                shows: [
                    ShowSpec(startsAt: now + 172_800, endsAt: now + 180_000, salesStart: now, sections: sections)
                ]), context: context)
        self.state = state
        record(.decided(decision), id: context.commandId)
        return decision
    }

    /// Decides a command behind what fell due before it.
    @discardableResult
    public mutating func send(_ command: Command) throws -> Decision {
        let context = context()
        var arrears = Arrears(seed: CommandId(high: event.low, low: context.commandId.low << 32))
        guard let decision = state?.decide(command, context: context, arrears: &arrears) else {
            throw Mismatch("the event cannot decide \(command)")
        }
        for decision in arrears.decisions { record(.fellDue(decision), id: decision.id) }
        record(.decided(decision), id: context.commandId)
        return decision
    }

    public mutating func fallDue() {
        var arrears = Arrears(seed: CommandId(high: event.low, low: nextId().low << 32))
        state?.fallDue(through: now, arrears: &arrears)
        for decision in arrears.decisions { record(.fellDue(decision), id: decision.id) }
    }

    public mutating func record(_ verdict: Verdict, id: CommandId) {
        entries.append(
            Entry(
                id: id, event: event, tenant: Self.tenant, currency: Self.euro,
                payload: Array(#"{"v":1,"kind":"test"}"#.utf8), verdict: verdict, trace: Self.trace))
    }

    public static let trace = TraceContext(
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

    public mutating func takeEntries() -> [Entry] {
        defer { entries = [] }
        return entries
    }

    private mutating func context() -> Context {
        Context(commandId: nextId(), tenant: Self.tenant, now: now)
    }
}

extension Clerk {
    @discardableResult
    public mutating func reserve(_ buyer: Label, _ quantity: Int = 1, tier: Label = "A") throws -> ReservationId {
        let decision = try send(
            .reserve(Reserve(show: 1, buyer: buyer, tier: tier, quantity: quantity, together: false)))
        guard case .reserved(let reserved) = decision.outcome else { throw Mismatch("\(decision.outcome)") }
        return reserved.reservation
    }

    public mutating func checkOut(_ reservation: ReservationId) throws -> CheckedOut {
        let decision = try send(
            .checkout(Checkout(reservation: reservation, provider: "sandbox", acceptEquivalent: true)))
        guard case .checkedOut(let out) = decision.outcome else { throw Mismatch("\(decision.outcome)") }
        return out
    }

    @discardableResult
    public mutating func book(_ reservation: ReservationId) throws -> BookingId {
        let out = try checkOut(reservation)
        try send(.paymentResult(out.payment, .succeeded(out.total)))
        return BookingId(reservation)
    }
}

/// What a test found not to be as it must.
public struct Mismatch: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

public func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Mismatch(what()) }
}

public func require<Value: Equatable>(_ found: Value, is wanted: Value, _ what: @autoclosure () -> String) throws {
    guard found == wanted else { throw Mismatch("\(what()): \(found), not \(wanted)") }
}

extension EventState {
    /// The bytes that equal states have in common.
    public var bytes: [UInt8] {
        var bytes = Bytes()
        digestInput(into: &bytes)
        return bytes.bytes
    }

    private struct Bytes: DigestSink {
        var bytes: [UInt8] = []
        mutating func write(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }
    }
}
