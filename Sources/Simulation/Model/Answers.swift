internal import Ticketing

/// An outcome as a line of text: what the model and the rule book have to agree on.
func answer(_ outcome: Outcome) -> String {
    switch outcome {
    case .refused(let refusal): "refused \(text(refusal))"
    case .eventCreated(_, let shows): "created \(shows)"
    case .eventChanged: "changed"
    case .eventCancelled(let rest): "cancelled all \(rest.bookings) \(rest.refunds.amount)"
    case .showAdded(let show): "added \(show)"
    case .showCancelled(let show, let rest): "cancelled \(show) \(rest.bookings) \(rest.refunds.amount)"
    case .blocked(_, let places): "blocked \(Array(places))"
    case .unblocked(_, let places): "unblocked \(Array(places))"
    case .reserved(let reserved): text(reserved)
    case .extended(let id, let endsAt): "extended \(id.command.low) \(endsAt.microseconds)"
    case .released(let id, let status): "released \(id.command.low) \(status)"
    case .joined(let id, let position): "joined \(id.command.low) \(position)"
    case .left(let id, let status): "left \(id.command.low) \(status)"
    case .checkedOut(let out):
        "checkout \(out.payment.command.low) \(out.status) \(out.total.amount) "
            + "\(out.endsAt.microseconds) \(out.booking != nil)"
    case .paid(let id, let step): "paid \(id.command.low) \(text(step))"
    case .bookingCancelled(let id, let refund, let money):
        "gave back \(id.command.low) \(refund != nil) \(money.amount)"
    case .refunded(let id, let refund, let money): "refunded \(id.command.low) \(refund != nil) \(money.amount)"
    case .refundSettled(let id, let status): "settled \(id.command.low) \(status)"
    case .admitted(let ticket, let at, let gate): "admitted \(ticket.index) \(at.microseconds) \(gate)"
    case .holdEnded(let id, let entry): "ended \(id.command.low) \(entry != nil)"
    case .offered(let offer):
        "offered \(offer.entry.command.low) \(text(offer.reserved)) past "
            + offer.passedOver.map { "\($0.entry.command.low):\($0.count):\($0.gatherUntil?.microseconds ?? 0)" }
            .joined(separator: ",")
    case .entryEnded(let id, let status, let reason): "entry \(id.command.low) \(status) \(text(reason))"
    case .gatheringEnded(let id): "gathered \(id.command.low)"
    case .unwound(let step):
        "unwound \(step.show) \(step.entries.map(\.command.low)) \(step.holds.map(\.command.low)) "
            + "\(step.bookings.map(\.command.low)) \(step.refunded.amount) \(step.isLast)"
    }
}

private func text(_ reserved: Reserved) -> String {
    "reserved \(reserved.show) \(reserved.buyer) \(Array(reserved.seats.places)) \(reserved.total) "
        + "\(reserved.endsAt.microseconds)"
}

private func text(_ reason: EntryEnd) -> String {
    switch reason {
    case .buyerLimit(_, let has): "limit \(has)"
    case .salesEnded: "sales ended"
    case .showCancelled: "show cancelled"
    }
}

private func text(_ refusal: Refusal) -> String {
    switch refusal {
    case .seatsUnavailable(let seats): "seats-unavailable \(seats.map(\.description))"
    case .buyerLimitExceeded(let limit, let has): "buyer-limit-exceeded \(limit) \(has)"
    case .alreadyWaiting(let id): "already-waiting \(id.command.low)"
    case .alreadyAdmitted(let at, let gate): "already-admitted \(at.microseconds) \(gate)"
    case .invalid(let what): "invalid \(what.rawValue)"
    default: refusal.code
    }
}

private func text(_ step: PaymentStep) -> String {
    switch step {
    case .pending: "pending"
    case .booked(let id, let seats, let late):
        "booked \(id.command.low) \(Array(seats.places)) \(late.map { "\($0)" } ?? "in time")"
    case .failed(let reason): "failed \(reason)"
    case .cancelled: "cancelled"
    case .refunded(let refund, let reason): "refunded \(reason)\(refund == nil ? " by others" : "")"
    case .replaced(let former, _): "replaced \(former.command.low)"
    case .disputed(let status): "dispute \(status)"
    case .refundReported(let id): "reported \(id.command.low) \(id.index & 0xFF)"
    case .told(let status, let ended, let step): "\(text(step)), so \(status)\(ended == nil ? "" : " and ended")"
    case .incident: "incident"
    case .unchanged(let status): "unchanged \(status)"
    }
}
