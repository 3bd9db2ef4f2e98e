internal import HTTPServer
internal import Runtime

/// Whether a request fails: as the switch says, and half of those that do have been done all the same.
final class Moods: Sendable {
    enum Mood: Hashable, Sendable {
        case good
        case failsBefore
        case failsAfter
    }

    private let share: Double
    private let random: Lock<SeededRandom>

    init(share: Double, seed: Int) {
        self.share = share
        random = Lock(SeededRandom(seed: UInt64(seed)))
    }

    func next() -> Mood {
        guard share > 0 else { return .good }
        return random.withLock { random in
            guard Double.random(in: 0..<1, using: &random) < share else { return .good }
            return Bool.random(using: &random) ? .failsBefore : .failsAfter
        }
    }

    static let failure = Problem.unavailable("As the settings want it: sandbox.failing.")
}
