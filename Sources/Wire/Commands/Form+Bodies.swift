internal import Ticketing

/// Where a body comes from.
public enum BodySource: Hashable, Sendable {
    /// An HTTP request, which may carry what must not reach a journal.
    case request
    case line
}

extension Form {
    /// The body of a command about this target; nil with problems noted. `node` is nil where there is no body at all.
    mutating func content(
        _ kind: CommandKind, event: EventId, target: Target, body node: Int?, from source: BodySource
    ) -> Content? {
        self.source = source
        guard let node else {
            guard let command = bare(kind, target) else {
                problem(0, "a body is missing")
                return nil
            }
            return Content(command)
        }
        guard var body = object(node) else { return nil }
        let content: Content?
        switch (kind, target) {
        case (.createEvent, .event): content = createEvent(event, &body).map { Content(.create($0)) }
        case (.changeEvent, .event): content = changeEvent(&body)
        case (.addShow, .event): content = show(&body).map { Content(.addShow($0)) }
        case (.block, .show(let show)): content = seats(&body).map { Content(.block(show: show, seats: $0)) }
        case (.unblock, .show(let show)): content = seats(&body).map { Content(.unblock(show: show, seats: $0)) }
        case (.reserve, .show(let show)): content = reserve(show, &body).map { Content(.reserve($0)) }
        case (.joinWaitlist, .show(let show)): content = join(show, &body).map { Content(.joinWaitlist($0)) }
        case (.extend, .reservation(let id)):
            content = required("seconds", in: &body) { $0.integer($1, 1...Bounds.seconds.count) }
                .map { Content(.extend(id, by: Seconds($0))) }
        case (.checkout, .reservation(let id)): content = checkout(id, &body, from: source)
        case (.paymentCreated, .payment(let id)):
            let reference = optional("reference", in: &body) { $0.name($1) }
            content = Content(.paymentCreated(id, reference: reference))
        case (.paymentResult, .payment(let id)):
            content = paymentResult(&body).map { Content(.paymentResult(id, $0)) }
        case (.paymentDispute, .payment(let id)):
            content = dispute(&body).map { Content(.paymentDispute(id, $0)) }
        case (.refundReported, .payment(let id)):
            content = reportedRefund(&body).map { Content(.refundReported(id, $0)) }
        case (.refund, .booking(let id)): content = refund(id, event: event, &body)
        case (.refundResult, .refund(let id)):
            content = refundResult(&body).map { Content(.refundResult(id, $0)) }
        case (.checkIn, .ticket(let id)): content = checkIn(id, &body).map { Content(.checkIn($0)) }
        case (.moveOut, .event): content = moveOut(&body, from: source)
        default: content = bare(kind, target).map { Content($0) }
        }
        finish(body)
        return problems.isEmpty ? content : nil
    }

    /// A command that its target says everything about: its body is empty or absent.
    private func bare(_ kind: CommandKind, _ target: Target) -> Command? {
        switch (kind, target) {
        case (.cancelEvent, .event): .cancelEvent
        case (.cancelShow, .show(let show)): .cancelShow(show)
        case (.release, .reservation(let id)): .release(id)
        case (.leaveWaitlist, .entry(let id)): .leaveWaitlist(id)
        case (.cancelBooking, .booking(let id)): .cancelBooking(id)
        default: nil
        }
    }

    private mutating func moveOut(_ body: inout Object, from source: BodySource) -> Content? {
        let partition = required("partition", in: &body) { $0.count($1, 0...1_000_000) }
        let version = required("version", in: &body) { $0.integer($1, 1...999_999_999_999) }
        guard source == .line else {
            problem(0, "no request moves an event")
            return nil
        }
        guard let partition, let version else { return nil }
        return Content(.moveOut(to: partition, version: UInt64(version)))
    }

    private mutating func seats(_ body: inout Object) -> [SeatName]? {
        required("seats", in: &body) { $0.seats($1, atMost: Bounds.placesPerBlock) }
    }

    private mutating func reserve(_ show: ShowNumber, _ body: inout Object) -> Reserve? {
        let buyer = required("buyer", in: &body) { $0.name($1) }
        if let node = find("seats", in: &body) {
            refuse(
                Self.ofTheBest, in: &body,
                "cannot stand together with seats: send either seats, or tier and quantity")
            guard let seats = seats(node, atMost: Bounds.placesPerReservation), let buyer else { return nil }
            return Reserve(show: show, buyer: buyer, seats: seats)
        }
        let (tierNode, quantityNode) = (find("tier", in: &body), find("quantity", in: &body))
        let together = optional("together", in: &body) { $0.flag($1) }
        guard tierNode != nil || quantityNode != nil else {
            problem(body.node, "must have seats, or tier and quantity")
            return nil
        }
        if tierNode == nil { missing("tier", in: body.node) }
        if quantityNode == nil { missing("quantity", in: body.node) }
        let tier = tierNode.flatMap { name($0) }
        let quantity = quantityNode.flatMap { count($0, 1...Bounds.placesPerReservation) }
        guard let buyer, let tier, let quantity else { return nil }
        return Reserve(show: show, buyer: buyer, tier: tier, quantity: quantity, together: together ?? true)
    }

    private static let ofTheBest: [StaticString] = ["tier", "quantity", "together"]

    private mutating func quantity(_ body: inout Object) -> Int? {
        required("quantity", in: &body) { $0.count($1, 1...Bounds.placesPerReservation) }
    }

    private mutating func join(_ show: ShowNumber, _ body: inout Object) -> JoinWaitlist? {
        let buyer = required("buyer", in: &body) { $0.name($1) }
        let tier = required("tier", in: &body) { $0.name($1) }
        let quantity = quantity(&body)
        guard let buyer, let tier, let quantity else { return nil }
        return JoinWaitlist(show: show, buyer: buyer, tier: tier, quantity: quantity)
    }

    private mutating func checkout(
        _ reservation: ReservationId, _ body: inout Object, from source: BodySource
    ) -> Content? {
        let provider = required("provider", in: &body) { $0.provider($1) }
        let acceptEquivalent = optional("acceptEquivalent", in: &body) { $0.flag($1) }
        var email: String?
        if let node = find("email", in: &body) {
            if source == .request {
                email = address(node)
            } else {
                problem(node, "no command carries personal data")
            }
        }
        // A request has the address itself, and must not say what it is compared with.
        let digest = source == .line ? optional("emailDigest", in: &body) { $0.text($1, 1...64) } : nil
        guard let provider else { return nil }
        let checkout = Checkout(
            reservation: reservation, provider: provider, acceptEquivalent: acceptEquivalent ?? false)
        return Content(.existing(.checkout(checkout)), email: email, emailDigest: digest)
    }

    /// A line may name one that there was once.
    private mutating func provider(_ node: Int) -> Label? {
        guard source == .request else { return name(node) }
        let names = Checkout.providers
        return reading(node, otherwise: "must be one of \(names.joined(separator: ", "))") { bytes in
            names.first { $0.utf8.elementsEqual(bytes) }
        }.map { Label($0) }
    }

    /// Whether anybody reads what is sent there only sending can tell.
    package mutating func address(_ node: Int) -> String? {
        guard let text = text(node, 3...320) else { return nil }
        let blanks: Set<UInt8> = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20]
        guard text.utf8.dropFirst().dropLast().contains(UInt8(ascii: "@")), !text.utf8.contains(where: blanks.contains)
        else {
            problem(node, "must be an e-mail address such as kim@example.com")
            return nil
        }
        return text
    }

    private mutating func status(_ body: inout Object, _ known: String...) -> String? {
        required("status", in: &body) { form, node in
            form.reading(node, otherwise: "must be one of \(known.joined(separator: ", "))") { bytes in
                known.first { $0.utf8.elementsEqual(bytes) }
            }
        }
    }

    private mutating func paymentResult(_ body: inout Object) -> PaymentResult? {
        switch status(&body, "succeeded", "failed", "cancelled") {
        case "succeeded": required("money", in: &body) { $0.money($1, 0...Bounds.total) }.map { .succeeded($0) }
        case "failed": required("reason", in: &body) { $0.words($1) }.map { .failed(reason: $0) }
        case "cancelled": .cancelled
        default: nil
        }
    }

    private mutating func dispute(_ body: inout Object) -> DisputeNews? {
        let refund = reportedRefund(&body)
        let status: DisputeStatus? =
            switch status(&body, "opened", "won", "lost") {
            case "opened": .opened
            case "won": .won
            case "lost": .lost
            default: nil
            }
        guard let refund, let status else { return nil }
        return DisputeNews(reference: refund.reference, money: refund.money, status: status)
    }

    /// A provider's name for something, and how much it is about.
    private mutating func reportedRefund(_ body: inout Object) -> ReportedRefund? {
        let reference = required("reference", in: &body) { $0.name($1) }
        let money = required("money", in: &body) { $0.money($1, 1...Bounds.total) }
        guard let reference, let money else { return nil }
        return ReportedRefund(reference: reference, money: money)
    }

    private mutating func refundResult(_ body: inout Object) -> RefundResult? {
        switch status(&body, "succeeded", "failed") {
        case "succeeded": .succeeded
        case "failed": required("reason", in: &body) { $0.words($1) }.map { .failed(reason: $0) }
        default: nil
        }
    }

    private mutating func refund(_ booking: BookingId, event: EventId, _ body: inout Object) -> Content? {
        let reason = required("reason", in: &body) { $0.name($1) }
        if let node = find("tickets", in: &body) {
            refuse(["amount"], in: &body, "cannot stand together with tickets: send either tickets or an amount")
            let tickets = array(node, 1...Bounds.placesPerReservation) { form, node -> TicketId? in
                guard let ticket = form.id(node, ScopedId<Kinds.Ticket>.self) else { return nil }
                guard ticket.event == event else {
                    form.problem(node, "belongs to another event than the booking")
                    return nil
                }
                return ticket.id
            }
            guard let tickets else { return nil }
            return Content(.existing(.refundBooking(booking, .tickets(tickets))), reason: reason)
        }
        guard let node = find("amount", in: &body) else {
            problem(body.node, "tickets or an amount is missing")
            return nil
        }
        guard let (amount, currency) = amount(node, 1...Bounds.total) else { return nil }
        return Content(.existing(.refundBooking(booking, .amount(amount))), currency: currency, reason: reason)
    }

    private mutating func checkIn(_ ticket: TicketId, _ body: inout Object) -> CheckIn? {
        // The code is for who turned it into the ticket's id, and checked its signature.
        _ = optional("code", in: &body) { $0.text($1, 1...1_024) }
        let gate = required("gate", in: &body) { $0.name($1) }
        let nonce = required("nonce", in: &body) { $0.name($1) }
        let at = optional("at", in: &body) { $0.time($1) }
        guard let gate, let nonce else { return nil }
        return CheckIn(ticket: ticket, gate: gate, nonce: nonce, at: at)
    }
}

extension Bounds {
    /// The most that one reservation can cost.
    static let total = price * Int64(placesPerReservation)
}
