internal import Runtime

/// Who gets which connection of a pool, and when. Pure: no clock, no connection, no thread.
///
/// Connections and callers are numbers here. A caller that has to wait keeps its place in the queue and asks again
/// when it is woken, or when the time has come that it was told.
struct PoolState {
    typealias Connection = UInt64
    typealias Caller = UInt64

    struct Limits {
        var size = 8
        var idleTimeout: Duration = .seconds(60)
        var maximumLifetime: Duration = .seconds(1800)
        var firstBackoff: Duration = .milliseconds(100)
        var maximumBackoff: Duration = .seconds(5)
    }

    enum Answer: Equatable {
        /// The caller has the connection now.
        case use(Connection)
        /// The caller opens this connection, then says `opened` or `openFailed`.
        case open(Connection)
        /// The caller waits to be woken, at most until then, and asks again.
        case wait(until: MonotonicTime)
        case fail(Failure)
    }

    enum Failure: Equatable {
        case timedOut, unavailable, closed
    }

    private struct Member {
        var openedAt: MonotonicTime
        /// Nil while it is in use or being opened.
        var idleSince: MonotonicTime?
        var isOpen = false
    }

    private let limits: Limits
    private var members: [Connection: Member] = [:]
    /// The one that came back last is given out first, so that those beyond the need grow old.
    private var idle: [Connection] = []
    private var queue: [Caller] = []
    private var lastConnection: Connection = 0
    private var failures = 0
    private var retryAt: MonotonicTime?
    private(set) var isClosed = false

    init(limits: Limits) {
        precondition(limits.size > 0, "a pool needs room for a connection")
        self.limits = limits
    }

    var count: Int { members.count }
    var idleCount: Int { idle.count }
    var waitingCount: Int { queue.count }

    /// Whether a closed pool has got everything back.
    var isDrained: Bool { isClosed && members.isEmpty }

    mutating func acquire(_ caller: Caller, deadline: MonotonicTime, now: MonotonicTime) -> Answer {
        if isClosed {
            leave(caller)
            return .fail(.closed)
        }
        let place = queue.firstIndex(of: caller) ?? queue.count
        if place < available(now) {
            leave(caller)
            return grant(now)
        }
        if now >= deadline {
            leave(caller)
            return .fail(isBackingOff(now) && members.isEmpty ? .unavailable : .timedOut)
        }
        // Nothing will come back, and the next attempt is after the deadline: say so now.
        if let retryAt, members.isEmpty, retryAt > deadline {
            leave(caller)
            return .fail(.unavailable)
        }
        if place == queue.count { queue.append(caller) }
        return .wait(until: retryAt.map { $0 > now ? min($0, deadline) : deadline } ?? deadline)
    }

    private mutating func grant(_ now: MonotonicTime) -> Answer {
        if let connection = idle.popLast() {
            members[connection]?.idleSince = nil
            return .use(connection)
        }
        lastConnection += 1
        members[lastConnection] = Member(openedAt: now)
        return .open(lastConnection)
    }

    /// How many callers can be served now. While the server is thought to be away, one at a time may try.
    private func available(_ now: MonotonicTime) -> Int {
        if isBackingOff(now) { return idle.count }
        let room = limits.size - members.count
        let isTrying = members.values.contains { !$0.isOpen }
        return idle.count + (failures > 0 ? min(room, isTrying ? 0 : 1) : room)
    }

    private func isBackingOff(_ now: MonotonicTime) -> Bool {
        retryAt.map { now < $0 } ?? false
    }

    private mutating func leave(_ caller: Caller) {
        queue.removeAll { $0 == caller }
    }

    /// Those who should ask again, because something has become free.
    private func callersToWake(_ now: MonotonicTime) -> [Caller] {
        Array(queue.prefix(isClosed ? queue.count : available(now)))
    }

    mutating func opened(_ connection: Connection, now: MonotonicTime) -> [Caller] {
        members[connection]?.openedAt = now
        members[connection]?.isOpen = true
        failures = 0
        retryAt = nil
        return callersToWake(now)
    }

    /// - Parameter jitter: from 0 to 1; spreads the attempts of many processes.
    /// - Returns: those who should ask again: all, since each may fail at once now.
    mutating func openFailed(_ connection: Connection, now: MonotonicTime, jitter: Double) -> [Caller] {
        members[connection] = nil
        failures += 1
        let doubled = limits.firstBackoff * (1 << min(failures - 1, 16))
        retryAt = now + min(doubled, limits.maximumBackoff) * (0.5 + jitter / 2)
        return queue
    }

    /// The connection comes back.
    ///
    /// - Returns: whether it is kept (else the caller closes it), and who should ask again.
    mutating func release(
        _ connection: Connection, isUsable: Bool, now: MonotonicTime
    ) -> (keep: Bool, wake: [Caller]) {
        guard let member = members[connection] else { return (false, []) }
        if !isUsable || isClosed || now - member.openedAt >= limits.maximumLifetime {
            members[connection] = nil
            return (false, callersToWake(now))
        }
        members[connection]?.idleSince = now
        idle.append(connection)
        return (true, callersToWake(now))
    }

    /// Takes out the idle connections that are past their time; the caller closes them.
    mutating func takeExpired(now: MonotonicTime) -> [Connection] {
        let expired = idle.filter { (expiry($0) ?? now) <= now }
        guard !expired.isEmpty else { return [] }
        idle.removeAll { expired.contains($0) }
        for connection in expired { members[connection] = nil }
        return expired
    }

    /// When the next idle connection is past its time.
    var nextExpiry: MonotonicTime? {
        idle.compactMap(expiry).min()
    }

    private func expiry(_ connection: Connection) -> MonotonicTime? {
        guard let member = members[connection], let since = member.idleSince else { return nil }
        return min(since + limits.idleTimeout, member.openedAt + limits.maximumLifetime)
    }

    /// - Returns: the idle connections, which the caller closes, and everybody who waits.
    mutating func close() -> (close: [Connection], wake: [Caller]) {
        isClosed = true
        let closing = idle
        idle = []
        for connection in closing { members[connection] = nil }
        return (closing, queue)
    }
}
