internal import Postgres
internal import Runtime
internal import Ticketing

/// What the runner's own thread does: it gives the machine what has happened, and does what the machine wants.
final class EffectLoop {
    struct Tools: Sendable {
        let options: EffectOptions
        let database: PostgresSettings
        let interruptor: PostgresInterruptor
        let mailbox: EffectMailbox
        let broker: EffectBroker
        let crew: EffectCrew
        let metrics: EffectMetrics.OfKind
        let log: Log
        let time: any TimeSource
        let status: Lock<EffectRunner.Status>
    }

    private let tools: Tools
    private var machine: EffectMachine
    private var store: EffectStore?
    private var status = EffectRunner.Status()
    private var holders: EffectHolders
    private let holder = Int32.random(in: 1 ... .max)

    init(_ tools: Tools) {
        self.tools = tools
        holders = EffectHolders(grace: tools.options.orphanedAfter, at: tools.time.monotonic)
        machine = EffectMachine(tools.options, at: tools.time.monotonic, seed: .random(in: .min ... .max))
    }

    func run() {
        defer { store?.session.close() }
        while !tools.mailbox.mustEnd {
            while let action = machine.next(at: tools.time.monotonic) {
                if case .finish = action { return }
                perform(action)
                if tools.mailbox.mustEnd { return }
            }
            tell()
            let wait = machine.nextWake.map { $0 - tools.time.monotonic } ?? .seconds(3_600)
            for input in tools.mailbox.next(within: wait) { apply(input) }
        }
    }

    private func apply(_ input: EffectMachine.Input) {
        switch input {
        case .connectionUseless(let end): end()
        case .brokerUp: status.isBrokerUp = true
        case .brokerDown: status.isBrokerUp = false
        default: break
        }
        machine.apply(input, at: tools.time.monotonic)
    }

    private func tell() {
        status.isDatabaseUp = store != nil
        status.inHand = machine.inHand
        let status = status
        tools.status.withLock { $0 = status }
    }

    private func perform(_ action: EffectMachine.Action) {
        switch action {
        case .run(let request): tools.crew.start(request)
        case .publish(let id, let partition, let commands):
            tools.broker.publish(commands, of: id, to: partition)
        case .take(let limit, let except):
            ask { store throws(PostgresError) in
                try freeOrphans(in: store)
                let take = try store.take(
                    limit, except: except, attempts: tools.options.attempts, visibility: tools.options.visibility)
                for id in take.spent { gaveUp(id, "the last attempt was never heard of again") }
                return .took(take)
            }
        case .lookUpRoutes(let events):
            ask { store throws(PostgresError) in .routed(try store.routes(of: events)) }
        case .settle(let settlements):
            ask { store throws(PostgresError) in
                let moved = try store.settle(settlements)
                count(settlements, moved)
                return .settled(moved: moved)
            }
        case .count:
            ask { store throws(PostgresError) in
                let counts = try store.counts()
                tools.metrics.waiting.set(counts.waiting)
                tools.metrics.parked.set(counts.parked)
                tools.metrics.oldestWaiting.set(Int(counts.oldestWaiting.components.seconds))
                return .counted
            }
        case .finish: break
        }
    }

    /// Before a look for what is due: what somebody left behind who is gone is due, too.
    private func freeOrphans(in store: EffectStore) throws(PostgresError) {
        guard holders.isLookDue(at: tools.time.monotonic) else { return }
        let gone = holders.see(missing: try store.missingHolders(), at: tools.time.monotonic)
        guard !gone.isEmpty else { return }
        try store.free(from: gone)
        tools.log.warning(
            "what runners had in hand that are gone is taken again", nil, ["turnstile.effect.runners": .int(gone.count)]
        )
    }

    /// Asks the database, on a new session where the last one is lost.
    private func ask(_ question: (EffectStore) throws(PostgresError) -> EffectMachine.Input) {
        do throws(PostgresError) {
            let store = try connected()
            apply(try question(store))
        } catch {
            if error.isConnectionLost || store?.session.isClosed ?? true {
                store?.session.close()
                store = nil
            }
            if machine.isDatabaseUp { tools.log.warning("the database does not answer", error) }
            apply(.databaseFailed)
        }
    }

    private func connected() throws(PostgresError) -> EffectStore {
        if let store { return store }
        let session = try PostgresConnection.connect(tools.database, interruptor: tools.interruptor)
        let store = EffectStore(kind: tools.options.kind, session: session, holder: holder)
        self.store = store
        try store.appear()
        return store
    }

    private func count(_ settlements: [EffectSettlement], _ moved: [EffectId]) {
        for settlement in settlements where !moved.contains(settlement.id) {
            switch settlement.verdict {
            case .done: tools.metrics.done.add()
            case .later(let pause, let reason):
                tools.metrics.failed.add()
                tools.log.info(
                    "an effect has failed and is tried again",
                    [
                        "turnstile.effect.id": .string(Self.text(settlement.id)), "event.reason": .string(reason),
                        "turnstile.effect.attempt": .int(settlement.attempt),
                        "turnstile.effect.pause": .duration(pause),
                    ])
            case .parked(let reason): gaveUp(settlement.id, reason)
            }
        }
    }

    private func gaveUp(_ id: EffectId, _ reason: String) {
        tools.metrics.givenUp.add()
        tools.log.error(
            "an effect is parked", nil,
            ["turnstile.effect.id": .string(Self.text(id)), "event.reason": .string(reason)])
    }

    /// As the database shows it.
    private static func text(_ id: EffectId) -> String { EffectStore.uuid(id).description }
}
