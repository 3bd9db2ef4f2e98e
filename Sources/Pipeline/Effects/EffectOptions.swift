public import Runtime

/// How a runner treats the effects of its kind.
public struct EffectOptions: Sendable {
    /// Commands that one effect may come to.
    public static let mostCommands = 16

    public let kind: EffectKind
    /// Effects that are worked on at once, each by a thread of its own.
    public var handlers: Int
    /// After so many attempts the effect is parked.
    public var attempts: Int
    /// How long an attempt is left alone; then it counts as failed, and the effect is taken again, by whoever is free.
    public var visibility: Duration
    /// After how long without its session to the database a runner counts as gone, and what it had in hand is taken by
    /// others. Longer than it may take one that lives to be back.
    public var orphanedAfter: Duration
    /// The longest time after which the runner looks for effects that it was not woken for.
    public var sweepInterval: Duration
    /// What the metrics say of waiting and parked effects is at most this old.
    public var countInterval = Duration.seconds(10)
    /// The pauses after the first failed attempts; then the last one again and again.
    package var retries: [Duration] = [.seconds(1), .seconds(10), .seconds(60), .seconds(300), .seconds(600)]
    /// Pauses are longer by up to this part, so that what failed together does not come back together.
    package var jitter = 0.2

    public init(_ kind: EffectKind, _ section: EffectsSection = .defaults) {
        self.kind = kind
        handlers = section.handlers
        attempts = section.attempts[kind.rawValue] ?? EffectsSection.usualAttempts
        visibility = section.visibility
        orphanedAfter = section.orphanedAfter
        sweepInterval = section.sweepInterval
    }

    /// Effects that a runner has in hand at most: those that are worked on, and those whose outcome is being published
    /// and written down.
    var inFlight: Int { 4 * handlers }

    /// The pause after a failed attempt.
    func pause(after attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let pause = retries[min(max(attempt, 1), retries.count) - 1]
        return pause * Double.random(in: 1...(1 + jitter), using: &generator)
    }
}
