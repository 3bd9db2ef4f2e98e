internal import Runtime

/// A message on its way.
struct Delivery: Hashable, Sendable {
    let id: Int64
    /// That were made before.
    let attempts: Int
    let body: String
}

/// What came of it.
struct DeliveryResult: Hashable, Sendable {
    let id: Int64
    let isDelivered: Bool
    /// Until it is sent again, if it is.
    let pause: Duration
}
