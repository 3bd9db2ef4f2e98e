internal import Runtime
internal import Ticketing
internal import Wire

/// A runner without threads and servers: what happens goes in by `apply`, what is to be done comes out of `next`.
///
/// An effect in hand goes through these stages, and back to an earlier one where something fails:
///
///     ready -> running -> unrouted -> routing -> routed -> publishing -> unsettled -> settling -> (out of hand)
///                  \__ without commands ______________________________/
struct EffectMachine {
    enum Action: Sendable, Equatable {
        /// Take due effects, but for these, which are in hand and have outlived their visibility.
        case take(limit: Int, except: [EffectId])
        case run(EffectRequest)
        case lookUpRoutes([EventId])
        case publish(EffectId, partition: Int, [WireCommand])
        case settle([EffectSettlement])
        case count
        /// Nothing is in hand any more, and nothing will be.
        case finish
    }

    enum Input: Sendable {
        case woken
        /// Wake-ups come in and commands can be published.
        case brokerUp
        case brokerDown
        case took(EffectTake)
        case handled(EffectId, EffectResult)
        /// What was found; the other events have no route.
        case routed([EventRoute])
        case published(EffectId, PublishOutcome)
        /// All of it is written down, but for those whose event has moved meanwhile.
        case settled(moved: [EffectId])
        case counted
        /// What was asked of the database was not answered.
        case databaseFailed
        /// A channel has ended, but not its connection: that is to be ended too.
        case connectionUseless(end: @Sendable () -> Void)
        case drain
    }

    enum PublishOutcome: Sendable, Hashable {
        case confirmed
        /// Not taken, or nobody knows: the broker is there, but not for this.
        case refused(String)
        /// The connection ended first.
        case lost
    }

    private enum Stage {
        case ready, running
        case unrouted([WireCommand])
        case routing([WireCommand])
        case routed([WireCommand], partition: Int, version: UInt64)
        case publishing([WireCommand], version: UInt64)
        case unsettled(EffectSettlement.Verdict, [WireCommand])
        case settling(EffectSettlement.Verdict, [WireCommand])
    }

    private struct Held {
        let request: EffectRequest
        var stage: Stage
    }

    private let options: EffectOptions
    private var generator: SeededRandom
    /// In the order in which they were taken; at most `options.inFlight`.
    private var held: [Held] = []
    private var isBrokerUp = false
    private var isDraining = false
    private var hasFinished = false
    /// Whether the database is at work for us.
    private var isAsking = false
    /// How many effects it was asked for, and whether there may be more since.
    private var asked = 0
    private var isWokenAgain = false
    private var failures = 0
    private var databaseAgainAt: MonotonicTime
    private var takeAt: MonotonicTime
    private var countAt: MonotonicTime

    init(_ options: EffectOptions, at now: MonotonicTime, seed: UInt64) {
        precondition(options.handlers > 0 && options.attempts > 0, "somebody has to try at least once")
        self.options = options
        generator = SeededRandom(seed: seed)
        databaseAgainAt = now
        takeAt = now
        countAt = now
    }

    var inHand: Int { held.count }
    var isDatabaseUp: Bool { failures == 0 }
    private var running: Int {
        held.count { held in
            switch held.stage {
            case .ready, .running: true
            default: false
            }
        }
    }

    /// How many more effects there is room for.
    private var room: Int {
        guard isBrokerUp, !isDraining else { return 0 }
        return min(options.handlers - running, options.inFlight - held.count)
    }

    // MARK: What is to be done

    /// The next thing to do, or nil where something has to happen first, or `nextWake` to come.
    mutating func next(at now: MonotonicTime) -> Action? {
        if let index = held.firstIndex(where: { if case .ready = $0.stage { true } else { false } }) {
            held[index].stage = .running
            return .run(held[index].request)
        }
        if isBrokerUp, let action = publish() { return action }
        if !isAsking, now >= databaseAgainAt, let action = ask(at: now) {
            isAsking = true
            return action
        }
        if isDraining, held.isEmpty, !isAsking, !hasFinished {
            hasFinished = true
            return .finish
        }
        return nil
    }

    private mutating func publish() -> Action? {
        for index in held.indices {
            guard case .routed(let commands, let partition, let version) = held[index].stage else { continue }
            held[index].stage = .publishing(commands, version: version)
            return .publish(held[index].request.id, partition: partition, commands)
        }
        return nil
    }

    /// What the database is needed for: first what frees hands.
    private mutating func ask(at now: MonotonicTime) -> Action? {
        var settlements: [EffectSettlement] = []
        for index in held.indices {
            guard case .unsettled(let verdict, let commands) = held[index].stage else { continue }
            let request = held[index].request
            settlements.append(EffectSettlement(id: request.id, attempt: request.attempt, verdict: verdict))
            held[index].stage = .settling(verdict, commands)
        }
        if !settlements.isEmpty { return .settle(settlements) }

        var events: [EventId] = []
        if isBrokerUp {
            for index in held.indices {
                guard case .unrouted(let commands) = held[index].stage else { continue }
                held[index].stage = .routing(commands)
                if !events.contains(held[index].request.event) { events.append(held[index].request.event) }
            }
        }
        if !events.isEmpty { return .lookUpRoutes(events) }

        if room > 0, now >= takeAt {
            asked = room
            isWokenAgain = false
            return .take(limit: asked, except: held.map(\.request.id))
        }
        if now >= countAt, !isDraining { return .count }
        return nil
    }

    /// When `next` may have something to do, though nothing has happened.
    var nextWake: MonotonicTime? {
        guard !isAsking else { return nil }
        var wake: MonotonicTime?
        func consider(_ time: MonotonicTime) { wake = wake.map { min($0, time) } ?? time }
        if !isDraining { consider(countAt) }
        if room > 0 { consider(takeAt) }
        for held in held {
            switch held.stage {
            case .unsettled: consider(databaseAgainAt)
            case .unrouted: if isBrokerUp { consider(databaseAgainAt) }
            default: break
            }
        }
        return wake.map { max($0, databaseAgainAt) }
    }

    // MARK: What has happened

    mutating func apply(_ input: Input, at now: MonotonicTime) {
        switch input {
        case .woken:
            takeAt = now
            isWokenAgain = true
        case .brokerUp: isBrokerUp = true
        case .brokerDown: isBrokerUp = false
        case .took(let take): took(take, at: now)
        case .handled(let id, let result): handled(id, result)
        case .routed(let routes): routed(routes)
        case .published(let id, let outcome): published(id, outcome)
        case .settled(let moved): settled(moved, at: now)
        case .counted:
            answered()
            countAt = now + options.countInterval
        case .databaseFailed: databaseFailed(at: now)
        case .drain: isDraining = true
        case .connectionUseless: break
        }
    }

    private mutating func took(_ take: EffectTake, at now: MonotonicTime) {
        answered()
        for request in take.requests where !held.contains(where: { $0.request.id == request.id }) {
            held.append(Held(request: request, stage: .ready))
        }
        // As many as were asked for: there may be more. Otherwise not before the next one is due, and since what is due
        // may be another's for a moment, never at once.
        guard take.requests.count + take.spent.count < asked, !isWokenAgain else {
            takeAt = now
            return
        }
        let sweep = options.sweepInterval * Double.random(in: 0.8...1.2, using: &generator)
        takeAt = now + min(sweep, max(take.nextDue ?? sweep, .milliseconds(50)))
    }

    private mutating func handled(_ id: EffectId, _ result: EffectResult) {
        guard let index = index(of: id), case .running = held[index].stage else { return }
        let request = held[index].request
        switch result {
        case .done(let contents) where contents.isEmpty:
            held[index].stage = .unsettled(.done(route: nil), [])
        case .done(let contents) where contents.count > EffectOptions.mostCommands:
            let reason = "it came to \(contents.count) commands, of \(EffectOptions.mostCommands) at most"
            held[index].stage = .unsettled(.parked(reason: reason), [])
        case .done(let contents):
            held[index].stage = .unrouted(
                contents.enumerated().map { place, content in
                    WireCommand(
                        id: request.commandId(place), tenant: request.tenant, event: request.event, content: content,
                        trace: request.trace)
                })
        case .later(let reason): failed(index, reason)
        case .never(let reason): held[index].stage = .unsettled(.parked(reason: reason), [])
        }
    }

    private mutating func failed(_ index: Int, _ reason: String) {
        let attempt = held[index].request.attempt
        let verdict: EffectSettlement.Verdict =
            if attempt >= options.attempts {
                .parked(reason: reason)
            } else {
                .later(options.pause(after: attempt, using: &generator), reason: reason)
            }
        held[index].stage = .unsettled(verdict, [])
    }

    private mutating func routed(_ routes: [EventRoute]) {
        answered()
        for index in held.indices {
            guard case .routing(let commands) = held[index].stage else { continue }
            let request = held[index].request
            let route = routes.first { $0.event == request.event }
            held[index].stage = .routed(
                commands, partition: route?.partition ?? request.partition, version: route?.version ?? 0)
        }
    }

    private mutating func published(_ id: EffectId, _ outcome: PublishOutcome) {
        guard let index = index(of: id), case .publishing(let commands, let version) = held[index].stage else { return }
        switch outcome {
        case .confirmed: held[index].stage = .unsettled(.done(route: version), commands)
        case .refused(let reason): failed(index, reason)
        // By the time that there is a broker again, the event may be elsewhere.
        case .lost: held[index].stage = .unrouted(commands)
        }
    }

    private mutating func settled(_ moved: [EffectId], at now: MonotonicTime) {
        answered()
        held.removeAll { held in
            guard case .settling(let verdict, _) = held.stage else { return false }
            if case .later(let pause, _) = verdict { takeAt = min(takeAt, now + pause) }
            return !moved.contains(held.request.id)
        }
        for index in held.indices {
            if case .settling(_, let commands) = held[index].stage { held[index].stage = .unrouted(commands) }
        }
    }

    private mutating func answered() {
        isAsking = false
        failures = 0
    }

    /// From 100 ms to 5 s later, what was asked is asked again.
    private mutating func databaseFailed(at now: MonotonicTime) {
        isAsking = false
        let pause = min(Duration.milliseconds(100 << min(failures, 10)), .seconds(5))
        failures += 1
        databaseAgainAt = now + pause * Double.random(in: 0.5...1, using: &generator)
        for index in held.indices {
            switch held[index].stage {
            case .settling(let verdict, let commands): held[index].stage = .unsettled(verdict, commands)
            case .routing(let commands): held[index].stage = .unrouted(commands)
            default: break
            }
        }
    }

    private func index(of id: EffectId) -> Int? { held.firstIndex { $0.request.id == id } }
}
