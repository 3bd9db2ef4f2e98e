public import Runtime
internal import Sealing
public import Ticketing

/// What a login begins: who came in, and until when that is good.
public struct Session: Hashable, Sendable {
    /// Random, and no secret: what is secret is the code in the token.
    public struct Id: Hashable, Sendable {
        public let high: UInt64
        public let low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    public let id: Id
    public let tenant: TenantId
    /// A whole second.
    public let expiresAt: Timestamp

    public init(id: Id, tenant: TenantId, expiresAt: Timestamp) {
        self.id = id
        self.tenant = tenant
        self.expiresAt = expiresAt
    }

    /// A new one.
    public init(of tenant: TenantId, at now: Timestamp, lasting duration: Duration) {
        var random = SecureRandom()
        let end = (now + duration).microseconds / 1_000_000 * 1_000_000
        self.init(
            id: Id(high: random.next(), low: random.next()), tenant: tenant, expiresAt: Timestamp(microseconds: end))
    }
}
