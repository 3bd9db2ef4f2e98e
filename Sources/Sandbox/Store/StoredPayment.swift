internal import Postgres
internal import Runtime
internal import Wire

/// A payment as it stands.
struct StoredPayment: Hashable, Sendable {
    enum Status: String, Sendable, Hashable {
        case pending
        /// Decided, and not in effect: nobody can change it any more.
        case processing
        case succeeded, failed, cancelled
    }

    var reference: String
    var key: String
    var order: NewPayment
    var status: Status
    /// In effect or not.
    var captured: Int64
    var reason: String?
    /// What went back or is on its way.
    var refunded: Int64 = 0
    var dispute: StoredDispute?
    var createdAt: Timestamp

    /// What the buyer has paid and has not got back.
    var kept: Int64 { status == .succeeded ? captured - refunded : 0 }
}

/// What a payment is asked for with. The ids are the asker's, and mean nothing here.
struct NewPayment: Hashable, Sendable {
    var tenant: String
    var event: String
    var payment: String
    var reservation: String
    var amount: Int64
    var currency: String
}

struct StoredRefund: Hashable, Sendable {
    enum Status: String, Sendable, Hashable {
        case pending, succeeded, failed
    }

    var reference: String
    /// The asker's id; nil for one that was made on a page of the sandbox's.
    var refund: String?
    var amount: Int64
    var currency: String
    var status: Status
    var reason: String?
}

struct StoredDispute: Hashable, Sendable {
    enum Status: String, Sendable, Hashable, CaseIterable {
        case opened, won, lost
    }

    var reference: String
    var status: Status
    var amount: Int64
}
