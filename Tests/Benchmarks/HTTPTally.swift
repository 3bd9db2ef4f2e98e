internal import HTTPServer
internal import Synchronization

/// What became of the requests that a handler took, as the server saw it.
final class HTTPTally: Sendable {
    struct Counts {
        var handled = 0
        /// Their answers were handed to the kernel completely.
        var sent = 0
        /// Their client went first.
        var broken = 0
        /// Those of them whose client had waited longer than any answer takes: it did not go in the middle of an
        /// exchange, its answer never came.
        var stuck = 0

        var unfinished: Int { handled - sent - broken }

        static func - (one: Counts, other: Counts) -> Counts {
            Counts(
                handled: one.handled - other.handled, sent: one.sent - other.sent, broken: one.broken - other.broken,
                stuck: one.stuck - other.stuck)
        }

        /// How many were lost, by the most telling of the signs.
        ///
        /// A client that leaves abandons one request on each of its connections at most: it either waits for the
        /// answer or has not counted it yet. What the handler took beyond that must have been answered. One
        /// that was lost shortly before the end looks the same: a fault that strikes throughout the run shows.
        ///
        /// - Parameter completed: the answers that the client has counted.
        func lost(completed: Int, connections: Int) -> Int {
            max(unfinished + stuck, handled - completed - connections, completed - sent, 0)
        }
    }

    /// As long as `wrk` waits before it speaks of a timeout.
    private static let patience = Duration.seconds(2)

    private let handled = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)
    private let broken = Atomic<Int>(0)
    private let stuck = Atomic<Int>(0)

    func handle() { handled.add(1, ordering: .relaxed) }

    func finish(_ record: AccessRecord) {
        if record.outcome == .sent {
            sent.add(1, ordering: .relaxed)
        } else {
            broken.add(1, ordering: .relaxed)
            if record.duration > Self.patience { stuck.add(1, ordering: .relaxed) }
        }
    }

    var counts: Counts {
        Counts(
            handled: handled.load(ordering: .relaxed), sent: sent.load(ordering: .relaxed),
            broken: broken.load(ordering: .relaxed), stuck: stuck.load(ordering: .relaxed))
    }
}
