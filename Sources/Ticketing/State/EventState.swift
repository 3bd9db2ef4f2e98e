/// One event with everything that was decided about it. A command goes in with its time, a decision comes out, and the
/// state has changed accordingly: nothing else is read and nothing else happens.
///
/// The same commands with the same times lead to the same decisions in every process: no answer depends on a hash
/// order,
/// a slot or a clock. Decisions cost what they touch, never what the event holds.
public struct EventState: Sendable {
    public let id: EventId
    public let tenant: TenantId
    public let currency: Currency
    public let settings: Settings
    public internal(set) var details: EventDetails
    public internal(set) var status = SaleStatus.active
    /// The time of the newest decision.
    public internal(set) var time: Time

    let tierNames: [Label]
    /// The last ones hold for what is sold now.
    var terms: [Terms]
    var shows: [Show] = []

    var reservations = Table<Reservation>()
    var payments = Table<Payment>()
    var refunds = Table<Refund>()
    var disputes = Table<Dispute>()
    var entries = Table<Entry>()
    var checkIns = Table<CheckedIn>()
    var incidents = Table<Incident>()

    /// Reservations by the end of their holds.
    var holdsDue = DueHeap<ReservationId>()
    /// Waitlist lines that have something to be done now; by show and tier, see `lineSlot`.
    var linesReady = DueHeap<Slot>()
    /// Lines that will have, by the time.
    var linesDue = DueHeap<Slot>()
    /// Shows that are being unwound, lowest number first.
    var unwinding: [Int] = []
    var forgettable = Fifo<Forgettable>()

    init(_ row: EventRow, terms: [Terms], time: Time) {
        precondition(!terms.isEmpty)
        id = row.event
        tenant = row.tenant
        currency = row.currency
        settings = row.settings
        details = row.details
        status = row.status
        tierNames = terms[0].tiers.map(\.name)
        self.terms = terms
        self.time = time
    }

    /// Decides a command, after everything that is due by then; that is added to `arrears`.
    ///
    /// nil when the arrears' budget is used up: the command waits for the next batch, and nothing was decided about it.
    public mutating func decide(_ command: Command, context: Context, arrears: inout Arrears) -> Decision? {
        precondition(context.rulesVersion == arrears.rulesVersion, "one batch, one version of the rules")
        settle(through: context.now, arrears: &arrears)
        guard !isBehind(at: context.now) else { return nil }
        forget()
        guard context.tenant == tenant else { return refuse(.noSuchEvent, context) }
        switch command {
        case .reserve(let reserve): return decide(reserve, context)
        case .extend(let id, let seconds): return decideExtend(id, by: seconds, context)
        case .release(let id): return decideRelease(id, context)
        case .changeEvent(let change): return decide(change, context)
        case .cancelEvent: return decideCancelEvent(context)
        case .addShow(let spec): return decideAddShow(spec, context)
        case .cancelShow(let show): return decideCancelShow(show, context)
        case .block(let show, let seats): return decideBlock(show, seats, context)
        case .unblock(let show, let seats): return decideUnblock(show, seats, context)
        case .joinWaitlist(let join): return decide(join, context)
        case .leaveWaitlist(let id): return decideLeave(id, context)
        case .checkout(let checkout): return decide(checkout, context)
        case .paymentCreated(let id, let reference): return decidePaymentCreated(id, reference, context)
        case .paymentResult(let id, let result): return decide(id, result, context)
        case .paymentDispute(let id, let news): return decide(id, news, context)
        case .refundReported(let id, let refund): return decide(id, refund, context)
        case .cancelBooking(let id): return decideCancelBooking(id, context)
        case .refundBooking(let id, let request): return decideRefund(id, request, context)
        case .refundResult(let id, let result): return decide(id, result, context)
        case .checkIn(let checkIn): return decide(checkIn, context)
        }
    }

    func refuse(_ refusal: Refusal, _ context: Context) -> Decision {
        Decision(id: context.commandId, outcome: .refused(refusal))
    }

    /// The newest terms.
    var current: Terms { terms[terms.count - 1] }

    func position(of show: ShowNumber) -> Int? {
        show >= 1 && show <= shows.count ? show - 1 : nil
    }

    func tier(named name: Label) -> Int? { tierNames.firstIndex(of: name) }

    /// Why a show cannot be sold now; nil if it can.
    func saleRefusal(_ show: Int, at now: Time) -> Refusal? {
        if status == .cancelled { return .eventCancelled }
        if shows[show].status == .cancelled { return .showCancelled }
        if !shows[show].isOnSale(at: now) {
            return .showNotOnSale(salesStart: shows[show].salesStart, salesEnd: shows[show].salesEnd)
        }
        return nil
    }

    /// Records a change that readers of the show are told: one version for all of a decision's.
    mutating func note(_ kind: ShowChange.Kind, show: Int, in decision: inout Decision) {
        let number = shows[show].number
        if !decision.changes.contains(where: { $0.show == number }) { shows[show].version += 1 }
        decision.changes.append(ShowChange(show: number, version: shows[show].version, kind: kind))
    }
}
