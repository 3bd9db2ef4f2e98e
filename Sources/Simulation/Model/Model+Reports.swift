internal import Ticketing

// What providers tell of money besides that it was taken.
extension Model {
    /// The larger of two amounts, by the currency's name where they are the same.
    private func larger(_ one: Money, _ other: Money) -> Money {
        if one.amount != other.amount { return one.amount > other.amount ? one : other }
        return one.currency.description >= other.currency.description ? one : other
    }

    func hasNews(_ index: Int) -> Bool { !payments[index].disputes.isEmpty || !payments[index].reported.isEmpty }

    func dispute(_ id: UInt64, _ news: DisputeNews) -> String {
        guard let index = payments.firstIndex(where: { $0.id == id }) else {
            incidents.insert(id)
            return "paid \(id) incident"
        }
        let name = news.reference.text
        var status = news.status
        if let known = payments[index].disputes.firstIndex(where: { $0.name == name }) {
            let before = payments[index].disputes[known]
            let money = larger(before.money, news.money)
            if before.status == .lost || before.status == .won && status == .opened { status = before.status }
            if status == before.status, money == before.money {
                return "paid \(id) unchanged \(payments[index].status)"
            }
            payments[index].disputes[known].status = status
            payments[index].disputes[known].money = money
        } else {
            if payments[index].disputes.count == 50 { return "paid \(id) incident" }
            payments[index].disputes.append(Dispute(name: name, money: news.money, status: status))
        }
        countGone(index)
        return "paid \(id) dispute \(status)" + consequences(index)
    }

    func reported(_ id: UInt64, _ refund: ReportedRefund) -> String {
        guard let index = payments.firstIndex(where: { $0.id == id }) else {
            incidents.insert(id)
            return "paid \(id) incident"
        }
        let name = refund.reference.text
        let number: Int
        if let known = payments[index].reported.firstIndex(where: { $0.name == name }) {
            let money = larger(payments[index].reported[known].money, refund.money)
            if money == payments[index].reported[known].money {
                return "paid \(id) unchanged \(payments[index].status)"
            }
            payments[index].reported[known].money = money
            number = known
        } else {
            if payments[index].reported.count == 50 { return "paid \(id) incident" }
            number = payments[index].reported.count
            payments[index].reported.append((name, refund.money))
        }
        countGone(index)
        return "paid \(id) reported \(id) \(255 - number)" + consequences(index)
    }

    /// Adds up anew what is gone of a payment without our doing.
    func countGone(_ index: Int) {
        let moneys =
            payments[index].disputes.filter { $0.status == .lost }.map(\.money) + payments[index].reported.map(\.money)
        payments[index].gone = moneys.filter { $0.currency == currency }.reduce(0) { $0 + $1.amount }
    }

    /// Ends the booking whose money is gone, or that has waited for a dispute to end; says what the payment is then.
    func consequences(_ index: Int) -> String {
        guard payments[index].captured != nil else { return ", so \(payments[index].status)" }
        let target = payments[index].reservation
        let isPayer = reservations[target].status == .booked && reservations[target].paidBy == index
        var ended = ""
        if isPayer, isTakenBack(index) {
            _ = endTickets(target, live(target), 0)
            ended = " and ended"
        } else if isPayer, shows[reservations[target].show].isCancelled, !payments[index].disputes.isEmpty,
            !payments[index].isOpen
        {
            _ = endTickets(target, live(target), .max)
            ended = " and ended"
        }
        // Told in another currency than before, less has gone than was counted.
        if reservations[target].paidBy != index, payments[index].refunds.count < 200 { refund(index, .max) }
        payments[index].status = standing(index)
        return ", so \(payments[index].status)\(ended)"
    }

    func isTakenBack(_ index: Int) -> Bool {
        guard let captured = payments[index].captured, captured > 0 else { return false }
        let own = payments[index].reported.contains { $0.money.currency == currency }
        return payments[index].isLost || own && payments[index].left == 0
    }

    /// Whether a payment would have been the booking's, had a later one not been taken for it that is gone again.
    func isLeftOver(_ index: Int, _ target: Int) -> Bool {
        guard let former = reservations[target].paidBy, !shows[reservations[target].show].isCancelled else {
            return false
        }
        return payments[index].attempt < payments[former].attempt && payments[former].refunds.isEmpty
            && isTakenBack(former) && (payments[index].accept || !reservations[target].isMoved)
    }

    /// What a payment is, of which money was taken.
    func standing(_ index: Int) -> PaymentStatus {
        let payment = payments[index]
        guard let captured = payment.captured else { return payment.status }
        if payment.isOpen { return .disputed }
        let ours = zip(payment.refunds, payment.settled)
        let done = ours.reduce(0) { $1.1 == .succeeded ? $0 + $1.0 : $0 }
        let isForeign =
            payment.reported.contains { $0.money.currency != currency }
            || payment.disputes.contains { $0.status == .lost && $0.money.currency != currency }
        if payment.gone + done > captured || isForeign { return .incident }
        if payment.isLost { return .disputed }
        if captured == 0 || payment.left > 0 { return .succeeded }
        // What others gave back needs not be given back by us.
        let missing = captured - payment.gone - done
        if missing == 0 { return .refunded }
        let pending = ours.reduce(0) { $1.1 == .pending ? $0 + $1.0 : $0 }
        return pending < missing ? .incident : .refundPending
    }
}
