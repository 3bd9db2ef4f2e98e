internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// The places of those who wait. Counting costs the more the longer a line is, so each is read once for all of its
/// people who are asked about together, and a long one is kept for a moment.
final class WaitingLines: Sendable {
    struct Key: Hashable, Sendable {
        let show: ShowId
        let tier: Int
    }

    private let known = Lock(RecentlyUsed<Key, WaitingLine>(bound: mostKept) { $0.orders.count })
    private let time: any TimeSource
    /// People, of whom each takes eight bytes; twice as many are known at most.
    private static let mostKept = 1_000_000

    init(time: any TimeSource = SystemTime()) { self.time = time }

    /// - Parameter people: by the line that they stand in, what orders them there.
    func places(
        of people: [(line: Key, order: Int64)], in session: some PostgresSession
    ) throws -> [Int] {
        guard !people.isEmpty else { return [] }
        let began = time.monotonic
        var lines = known.withLock { known in
            var lines: [Key: WaitingLine] = [:]
            for key in Set(people.map(\.line)) {
                if let line = known[key], line.isFresh(at: began) { lines[key] = line }
            }
            return lines
        }
        // Behind what is known: all of it, or those who came since.
        let behind = Dictionary(people.map { ($0.line, $0.order) }, uniquingKeysWith: max)
            .compactMap { key, last -> (key: Key, after: Int64)? in
                guard let newest = lines[key]?.orders.last else { return (key, -1) }
                return newest < last ? (key, newest) : nil
            }
        if !behind.isEmpty { try read(behind, began, &lines, session) }
        return people.map { lines[$0.line]?.place(of: $0.order) ?? 1 }
    }

    private func read(
        _ behind: [(key: Key, after: Int64)], _ began: MonotonicTime, _ lines: inout [Key: WaitingLine],
        _ session: some PostgresSession
    ) throws {
        let answers = try session.pipeline { pipeline in
            for (key, after) in behind {
                pipeline.add(
                    Self.line, key.show.event.uuid, Int32(clamping: key.show.number), Int32(clamping: key.tier), after)
            }
        }
        let cost = time.monotonic - began
        for ((key, after), answer) in zip(behind, answers) {
            let orders = try answer.one().get(0, as: [Int64].self)
            if after < 0 {
                lines[key] = WaitingLine(orders, at: began, cost: cost)
            } else {
                lines[key]?.append(orders)
            }
        }
        known.withLock { [lines] known in
            for (key, _) in behind {
                if let line = lines[key], line.orders.count >= WaitingLine.long { known[key] = line }
            }
        }
    }

    // One statement a line: each has the server's patience for itself.
    private static let line: SQL = """
        SELECT ARRAY(
            SELECT line_order FROM waitlist_entry
            WHERE event = $1 AND show = $2 AND tier = $3 AND status = 0 AND line_order > $4 ORDER BY line_order)
        """
}
