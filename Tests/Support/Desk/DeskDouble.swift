internal import Desk
internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Ticketing
internal import Wire

/// Stands in for the desk's workers: decides by the rule book, writes journal and tickets into tenants' databases, one
/// command a transaction, and replies. No ownership, no fence, no chain, and nothing falls due by itself.
///
///     try DeskDouble.with(scene) { double in … }
public final class DeskDouble: Sendable {
    private struct Known {
        var state: DeskState?
        var sequence: UInt64 = 0
        var decided: [CommandId: (status: Int, reply: [UInt8], payload: [UInt8])] = [:]
    }

    private struct State {
        var desks: [TenantId: Known] = [:]
        var isTelling = true
        var isMakingAccounts = true
        var held: [(DeskWireCommand, [UInt8])] = []
        var seen = 0
        var failure: (any Error)?
    }

    private let scene: DeskScene
    private let state = Lock(State())
    private let stopped = Latch()
    private let lane = DeliveryQueue()

    private init(_ scene: DeskScene) { self.scene = scene }

    public static func with<Value>(_ scene: DeskScene, _ body: (DeskDouble) throws -> Value) throws -> Value {
        let double = DeskDouble(scene)
        let connection = try Connection.open(try ConnectionSettings.patient(url: scene.shop.seats.brokerURL))
        defer { connection.close() }
        let publisher = try connection.openPublisher(confirmTimeout: .seconds(60), sink: Silence())
        for partition in 0..<DeskScene.partitions {
            _ = try connection.consume(Topology.queue(of: Topology.desk, partition), sink: double.lane)
        }
        let thread = try OwnedThread(name: "desk double") { double.run(publisher) }
        defer {
            double.stopped.open()
            double.lane.wake()
            thread.join()
        }
        let value = try body(double)
        if let failure = double.state.withLock({ $0.failure }) { throw failure }
        return value
    }

    /// Whether it replies; else only the journal says what was decided.
    public func tell(_ isTelling: Bool) { state.withLock { $0.isTelling = isTelling } }

    /// Whether requested accounts become ready at once; else `makeAccounts` lets them.
    public func makeAccountsAtOnce(_ isSo: Bool) { state.withLock { $0.isMakingAccounts = isSo } }

    /// Commands that came in.
    public var seen: Int { state.withLock { $0.seen } }

    // MARK: on its thread

    private func run(_ publisher: Publisher) {
        var decoder = DeskDecoder()
        while !stopped.wait(for: .zero) {
            let batch = lane.next(within: .milliseconds(200))
            var replies: [(to: String, line: [UInt8])] = []
            do {
                for delivery in batch.deliveries {
                    var commands: [(DeskWireCommand, [UInt8])] = []
                    let message = delivery.message.body
                    _ = message.withUnsafeBytes { bytes in
                        decoder.decode(message: bytes) { line in
                            if case .success(let command) = line.result {
                                commands.append((command, Array(message[line.body])))
                            }
                        }
                    }
                    for (command, body) in commands { try take(command, body, &replies) }
                    delivery.consumer.acknowledge(through: delivery.message.deliveryTag)
                }
                for held in takeHeld() { try take(held.0, held.1, &replies) }
                for reply in replies where state.withLock({ $0.isTelling }) {
                    try publisher.publish(
                        [
                            OutgoingMessage(
                                exchange: Topology.replies, routingKey: reply.to, properties: MessageProperties(),
                                body: reply.line)
                        ], within: .seconds(60))
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
    }

    private func takeHeld() -> [(DeskWireCommand, [UInt8])] {
        state.withLock { state in
            guard state.isMakingAccounts else { return [] }
            defer { state.held = [] }
            return state.held
        }
    }

    private func take(
        _ command: DeskWireCommand, _ body: [UInt8], _ replies: inout [(to: String, line: [UInt8])]
    ) throws {
        var known = state.withLock { state in
            state.seen += 1
            return state.desks[command.tenant] ?? Known()
        }
        var payload: [UInt8] = []
        command.appendPayload(body: body, to: &payload)
        var reply: (status: Int, body: [UInt8])
        var isReplayed = false
        if let earlier = known.decided[command.id] {
            isReplayed = earlier.payload == payload
            reply = isReplayed ? (earlier.status, earlier.reply) : Self.reused
        } else if command.kind == .requestAccount, !(try prepare(command)) {
            state.withLock { $0.held.append((command, body)) }
            return
        } else {
            let decision = decide(command, &known)
            known.sequence += 1
            let now = Time(microseconds: SystemTime().wall.microseconds)
            let stamp = DeskStamp(
                tenant: command.tenant, partition: scene.partition(of: command.tenant), sequence: known.sequence,
                decidedAt: now)
            reply = (decision.status, [])
            decision.appendReply(stamp, to: &reply.body)
            known.decided[command.id] = (reply.status, reply.body, payload)
            try write(decision, stamp, command, payload, reply)
            state.withLock { [known] in $0.desks[command.tenant] = known }
        }
        guard let replyTo = command.replyTo else { return }
        var line: [UInt8] = []
        ReplyLine(id: command.id, status: reply.status, isReplayed: isReplayed, body: reply.body).append(to: &line)
        replies.append((replyTo, line))
    }

    private static let reused = (
        status: 422,
        body: Array(
            #"{"type":"/problems/idempotency-key-reused","title":"t","status":422,"detail":"d","#.utf8)
            + Array(#""code":"idempotency-key-reused"}"#.utf8)
    )

    private func prepare(_ command: DeskWireCommand) throws -> Bool {
        guard case .request(let account) = command.order else { return true }
        let isKnown = try scene.shop.seats.withConnection { connection in
            try !connection.query(
                "SELECT FROM account WHERE tenant = $1",
                PostgresUUID(high: command.tenant.high, low: command.tenant.low)
            ).isEmpty
        }
        if !isKnown { try scene.request(command.tenant, subDomain: account.subDomain.text) }
        guard state.withLock({ $0.isMakingAccounts }) else { return false }
        _ = try scene.makeReady(command.tenant)
        return true
    }

    private func decide(_ command: DeskWireCommand, _ known: inout Known) -> DeskDecision {
        let now = DeskTime(microseconds: SystemTime().wall.microseconds)
        func context(_ id: DeskCommandId) -> DeskContext {
            DeskContext(commandId: id, tenant: DeskTenantId(command.tenant), now: now)
        }
        let id = DeskCommandId(command.id)
        if case .request(let account) = command.order {
            let (state, decision) = DeskState.create(account, context: context(id))
            known.state = state
            return decision
        }
        if known.state == nil {
            // One that the scene has made.
            let account = RequestAccount(subDomain: "made")
            (known.state, _) = DeskState.create(account, context: context(DeskCommandId(high: 1, low: 1)))
        }
        var arrears = DeskArrears(seed: DeskCommandId(high: 2, low: UInt64(known.sequence)))
        _ = known.state?.decide(
            .accountReady(store: "main"), context: context(DeskCommandId(high: 1, low: 2)), arrears: &arrears)
        guard case .existing(let order) = command.order,
            let decision = known.state?.decide(order, context: context(id), arrears: &arrears)
        else { return .refused(.accountNotReady, id: id) }
        return decision
    }

    private func write(
        _ decision: DeskDecision, _ stamp: DeskStamp, _ command: DeskWireCommand, _ payload: [UInt8],
        _ reply: (status: Int, body: [UInt8])
    ) throws {
        var settings = scene.shop.seats.database
        settings.database = try scene.shop.seats.withConnection {
            try $0.query(
                "SELECT database FROM account WHERE tenant = $1",
                PostgresUUID(high: command.tenant.high, low: command.tenant.low)
            ).one().get(0)
        }
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        let tenant = PostgresUUID(high: command.tenant.high, low: command.tenant.low)
        try connection.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO journal (
                    week, partition, sequence, batch_no, kind, id, event, tenant, status, payload, reply, writes)
                VALUES ($1, $2, $3, $3, 0, $4, $5, $5, $6, $7, $8, '')
                """, Int32(Keys.week(of: stamp.decidedAt)), Int32(stamp.partition), Int64(stamp.sequence),
                PostgresUUID(high: command.id.high, low: command.id.low), tenant, Int16(reply.status), payload,
                reply.body)
            for write in decision.writes {
                switch write {
                case .insertDesk(let row), .updateDesk(let row): try DeskRows.write(row, transaction)
                case .insertTicket(let row), .updateTicket(let row): try DeskRows.write(row, transaction)
                }
            }
        }
    }
}

private final class Silence: PublishSink {
    func published(_ results: PublishResults, by publisher: Publisher) {}
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
}
