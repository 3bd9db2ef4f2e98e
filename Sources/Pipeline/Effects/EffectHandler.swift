public import Wire

/// Does the effects of one kind: calls a provider, sends mail.
public protocol EffectHandler: Sendable {
    /// Does it, or tries to. Called on one of the runner's threads, where it may block, and on several at once.
    ///
    /// It runs at least once: what the world already knows by `request.idempotencyKey` must not happen twice. It has
    /// to end well within the kind's visibility, with time limits of its own: from then on another runner may start
    /// the same effect. Throwing is the same as `later`.
    func perform(_ request: EffectRequest) throws -> EffectResult
}

/// What came of an attempt.
public enum EffectResult: Sendable, Hashable {
    /// It is done, and these commands to the same event say so: at most `EffectOptions.mostCommands`. They get ids that
    /// follow from the effect's, and the effect's tenant and trace.
    case done([Content])
    /// It may work later. The reason is kept for operators: nothing personal, no secrets.
    case later(String)
    /// It will never work: a person has to look at it.
    case never(String)

    public static let done = EffectResult.done([])
}
