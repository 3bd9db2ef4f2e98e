internal import HTTPServer
internal import Postgres
internal import Runtime
internal import Sealing

// What becomes of payments.
extension SandboxStore {
    /// A buyer pays, or is declined; he does it once, and the same again changes nothing.
    func pay(
        _ reference: String, _ wish: PayWish, _ connection: PostgresConnection
    ) throws -> StoredPayment {
        try connection.transaction { transaction in
            var payment = try lock(reference, transaction)
            guard payment.status == .pending else {
                // Somebody who did not hear the answer may ask again.
                guard try isOutcome(wish.outcome, of: payment, transaction) else { throw Problem.notPayable(payment) }
                return payment
            }
            let isPaid = wish.outcome == .succeed
            payment.captured = isPaid ? wish.amount ?? fates.captured(payment.order.amount, of: payment.key) : 0
            payment.reason = isPaid ? nil : wish.reason ?? "declined"
            payment.status = isPaid ? .succeeded : .failed
            try decide(payment, in: wish.after, transaction)
            try tell(
                MessageText(isPaid ? .paymentSucceeded : .paymentFailed, payment), named: payment.key, in: wish.after,
                by: { wish.change(&$0, hold: fates.reorderedBy) }, transaction)
            if wish.after > .zero { payment.status = .processing }
            return payment
        }
    }

    /// Whether a payment that was decided came to this, in effect or not.
    private func isOutcome(
        _ outcome: PayWish.Outcome, of payment: StoredPayment, _ transaction: PostgresTransaction
    ) throws -> Bool {
        let status = try transaction.query(
            "SELECT status FROM sandbox.payment WHERE reference = $1", payment.reference
        ).one().get(0, as: String.self)
        return status == (outcome == .succeed ? "succeeded" : "failed")
    }

    private func decide(
        _ payment: StoredPayment, in delay: Duration = .zero, _ transaction: PostgresTransaction
    ) throws {
        try transaction.execute(
            """
            UPDATE sandbox.payment
            SET status = $2, captured = $3, reason = $4,
                effective_at = clock_timestamp() + $5 * interval '1 microsecond'
            WHERE reference = $1
            """, payment.reference, payment.status.rawValue, payment.captured, payment.reason, delay.microseconds)
    }

    /// Where the buyer was faster, nothing changes, and the answer says so.
    func cancel(_ reference: String, _ connection: PostgresConnection) throws -> StoredPayment {
        try connection.transaction { transaction in
            var payment = try lock(reference, transaction)
            guard payment.status == .pending else { return payment }
            payment.status = .cancelled
            try decide(payment, transaction)
            try tell(MessageText(.paymentCancelled, payment), named: payment.key, transaction)
            return payment
        }
    }

    /// Gives back what was paid, once for each key and never more than that.
    func refund(
        _ reference: String, _ wish: RefundWish, _ connection: PostgresConnection
    ) throws -> (refund: StoredRefund, isNew: Bool) {
        try connection.transaction { transaction in
            var payment = try lock(reference, transaction)
            if let known = try self.refund(of: payment, key: wish.key, transaction) {
                let isSame =
                    known.refund == wish.refund && known.amount == wish.amount && known.currency == wish.currency
                guard isSame else { throw Problem.keyReused }
                return (known, false)
            }
            guard payment.status == .succeeded else { throw Problem.notPaid(payment) }
            guard payment.order.currency == wish.currency else { throw Problem.otherCurrency }
            guard payment.dispute.map({ $0.status == .won }) ?? true else { throw Problem.isDisputed }
            guard wish.amount <= payment.kept else { throw Problem.moreThanCaptured(payment) }
            let name = "\(payment.key) \(wish.key)"
            let fails = fates.failsRefund(name)
            var refund = StoredRefund(
                reference: RandomID.make(prefix: "sbr"), refund: wish.refund, amount: wish.amount,
                currency: wish.currency, status: fails ? .failed : .succeeded, reason: fails ? "account-closed" : nil)
            try transaction.execute(
                """
                INSERT INTO sandbox.refund
                    (reference, payment, key, refund, amount, currency, status, reason, effective_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 microsecond')
                """, refund.reference, payment.reference, wish.key, refund.refund, refund.amount, refund.currency,
                refund.status.rawValue, refund.reason, refundTime.microseconds)
            if !fails { payment.refunded += refund.amount }
            try tell(
                MessageText(fails ? .refundFailed : .refundSucceeded, payment, refund: refund), named: name,
                in: refundTime, transaction)
            if refundTime > .zero { refund.status = .pending }
            return (refund, true)
        }
    }

    private func refund(
        of payment: StoredPayment, key: String, _ transaction: PostgresTransaction
    ) throws -> StoredRefund? {
        let row = try transaction.query(
            """
            SELECT reference, refund, amount, currency,
                CASE WHEN effective_at > clock_timestamp() THEN 'pending' ELSE status END, reason
            FROM sandbox.refund WHERE payment = $1 AND key = $2
            """, payment.reference, key
        ).oneOrNone()
        guard let row, let status = StoredRefund.Status(rawValue: try row.get(4)) else { return nil }
        return StoredRefund(
            reference: try row.get(0), refund: try row.get(1), amount: try row.get(2), currency: try row.get(3),
            status: status, reason: try row.get(5))
    }

    /// The buyer's bank takes back what is left of a payment, and gives it again or keeps it.
    func dispute(
        _ reference: String, _ status: StoredDispute.Status, _ connection: PostgresConnection
    ) throws -> StoredPayment {
        try connection.transaction { transaction in
            var payment = try lock(reference, transaction)
            if payment.dispute?.status == status { return payment }
            switch (payment.dispute?.status, status) {
            case (nil, .opened):
                guard payment.kept > 0 else { throw Problem.notPaid(payment) }
                payment.dispute = StoredDispute(
                    reference: RandomID.make(prefix: "sbd"), status: .opened, amount: payment.kept)
            case (.opened, .won), (.opened, .lost): payment.dispute?.status = status
            default: throw Problem.noSuchDispute
            }
            guard let dispute = payment.dispute else { throw Problem.noSuchDispute }
            try transaction.execute(
                """
                UPDATE sandbox.payment SET dispute = $2, dispute_status = $3, dispute_amount = $4 WHERE reference = $1
                """, payment.reference, dispute.reference, dispute.status.rawValue, dispute.amount)
            try tell(MessageText(.dispute(status), payment), named: payment.key, transaction)
            return payment
        }
    }
}
