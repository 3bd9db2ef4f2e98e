internal import Ticketing

extension Model {
    /// What a command comes to, as `answer` has it.
    func decide(_ command: Command, _ id: UInt64) -> String {
        switch command {
        case .reserve(let reserve): return self.reserve(reserve, id)
        case .extend(let id, let seconds): return extend(id.command.low, seconds)
        case .release(let id): return release(id.command.low)
        case .joinWaitlist(let join): return self.join(join, id)
        case .leaveWaitlist(let id): return leave(id.command.low)
        case .checkout(let checkout): return self.checkout(checkout, id)
        case .paymentCreated(let id, _): return created(id.command.low)
        case .paymentResult(let id, let result): return self.result(id.command.low, result)
        case .paymentDispute(let id, let news): return dispute(id.command.low, news)
        case .refundReported(let id, let refund): return reported(id.command.low, refund)
        case .cancelBooking(let id): return cancelBooking(id.command.low)
        case .refundBooking(let id, let request): return refundBooking(id.command.low, request)
        case .refundResult(let id, let result): return settleRefund(id, result)
        case .checkIn(let checkIn): return self.checkIn(checkIn)
        case .block(let show, let seats): return block(show, seats, isOn: true)
        case .unblock(let show, let seats): return block(show, seats, isOn: false)
        case .changeEvent(let change):
            if isCancelled { return "refused event-cancelled" }
            for price in change.prices ?? [] {
                if let tier = tiers.firstIndex(of: price.name.text) { prices[tier] = price.price }
            }
            return "changed"
        case .cancelEvent:
            let answer = cancel(Array(shows.indices), "cancelled all")
            isCancelled = true
            return answer
        case .cancelShow(let show): return cancel([show - 1], "cancelled \(show)")
        case .addShow(let spec):
            if isCancelled { return "refused event-cancelled" }
            add(spec)
            return "added \(shows.count)"
        }
    }
}
