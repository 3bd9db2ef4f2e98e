/// What `NOTIFY` sent to a channel that is listened to.
public struct PostgresNotification: Sendable, Hashable {
    public let channel: String
    public let payload: String
    /// The backend of the session that sent it.
    public let process: Int32

    public init(channel: String, payload: String, process: Int32) {
        self.channel = channel
        self.payload = payload
        self.process = process
    }
}

/// Notifications that nobody has fetched yet. When it is full, the oldest is dropped and counted.
struct NotificationQueue {
    private var kept: [PostgresNotification] = []
    /// How many of `kept` have been taken from its front.
    private var taken = 0
    private let capacity: Int
    private(set) var dropped = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { kept.count - taken }

    mutating func append(_ notification: PostgresNotification) {
        if count == capacity {
            dropped += 1
            _ = take()
        }
        kept.append(notification)
    }

    mutating func take() -> PostgresNotification? {
        guard taken < kept.count else { return nil }
        defer {
            taken += 1
            // Moved up once half of it is empty, so that taking costs the same however many wait.
            if taken * 2 >= kept.count {
                kept.removeFirst(taken)
                taken = 0
            }
        }
        return kept[taken]
    }

    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
