internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

/// An ingress, or a tenant that speaks AMQP itself: sends commands, waits for confirms and answers, looks into the
/// journal when it hears nothing, and sends again.
final class Producer {
    static let ingress = "ingress"

    let name: String
    let number: Int
    unowned let world: World
    var random: Seeded
    private var left: Int
    /// Whether it waits for each answer before it goes on.
    private let isPatient: Bool
    private let mostLines: Int
    /// What is not answered yet, in the order in which it was sent.
    private(set) var waiting: [SentCommand] = []
    private var reached: Int64 = 0
    private var isTicking = false
    /// By event, where this producer believes that it is decided.
    var map: [EventId: Int] = [:]
    private var decoder = ReplyDecoder()

    init(_ world: World, _ number: Int, commands: Int, seed: UInt64) {
        self.world = world
        self.number = number
        name = "p\(number)"
        random = Seeded(seed)
        left = commands
        isPatient = random.chance(40)
        mostLines = random.one(of: [1, 3, 20])
    }

    var isDone: Bool { left <= 0 }
    var isSettled: Bool { isDone && waiting.isEmpty }

    func start() { world.scheduler.after(world.delay(0...500_000)) { [self] in act() } }

    private func act() {
        guard !isDone else { return }
        let pause = world.delay(world.profile.pause) - (random.chance(10) ? 1_000 : 0)
        world.scheduler.after(max(pause, 0)) { [self] in
            guard isPatient ? waiting.isEmpty : waiting.count < 60 else {
                // Whatever it waits for comes in time; then it goes on.
                world.scheduler.after(max(world.delay(1_000...20_000), 1_000_000)) { [self] in act() }
                return
            }
            send(makeMessage())
            act()
        }
    }

    // MARK: - Sending

    /// Some lines for one partition, by one user.
    private func makeMessage() -> [SentCommand] {
        let event = random.one(of: world.venue)
        let partition = self.partition(of: event.id)
        let neighbours = world.venue.filter { self.partition(of: $0.id) == partition && $0.tenant == event.tenant }
        let user = random.chance(70) ? Self.ingress : event.tenant.text
        var lines: [SentCommand] = []
        for _ in 0..<random.number(1...mostLines) where left > 0 {
            left -= 1
            lines.append(makeLine(random.one(of: neighbours), user))
        }
        return lines
    }

    private func makeLine(_ event: KnownEvent, _ user: String) -> SentCommand {
        let isNew = world.database.events[event.id] == nil
        var content: Content
        if isNew ? random.chance(60) : random.chance(1) {
            content = Content(.create(event.creation))
        } else {
            let command = event.command()
            content = Content(command)
            if case .refundBooking = command { content.reason = "goodwill" }
        }
        var id = Mark.plain(CommandId(high: random.next(), low: random.next()))
        switch random.number(0...199) {
        case 0: return garbage(event, user, id)
        case 1: return cut(line(id, event.tenant, event, content, by: user), id, event, user)
        case 2:
            return sent(
                SentCommand(
                    id, event.id, .parked(.wrongUser), user: "tnt_nobody",
                    line: line(id, event.tenant, event, content, by: "tnt_nobody")))
        case 3:
            // The other tenant's.
            let tenant = TenantId(high: 0, low: 3 - event.tenant.low)
            if case .create = content.order { break }
            let user = random.chance(50) ? Self.ingress : tenant.text
            return sent(
                SentCommand(
                    id, event.id, .foreign, user: user, line: line(id, tenant, event, content, by: user)))
        case 4 where world.profile.partitions > 1:
            let command = SentCommand(
                id, event.id, .parked(.wrongPartition), user: user,
                line: line(id, event.tenant, event, content, by: user))
            let home = Keys.partition(of: event.id, among: world.profile.partitions)
            command.misdirected = (home + 1) % world.profile.partitions
            return sent(command)
        case 5...7:
            guard let known = world.book.sent.last(where: { $0.event == event.id && $0.answer?.status == 201 }),
                known.expectation == .decided, !known.hasConflict
            else { break }
            known.hasConflict = true
            return sent(
                SentCommand(
                    known.id, event.id, .reused, user: user,
                    line: line(
                        known.id, event.tenant, event,
                        Content(.release(ReservationId(command: known.id, index: 77))), by: user, to: name + ".c")))
        case 8 where world.profile.hasPoison && world.poisons > 0:
            world.poisons -= 1
            world.disturb(seconds: 25)
            if random.chance(50) {
                id = Mark.killing(id)
            } else {
                world.database.rejected.insert(id)
            }
        default: break
        }
        return sent(
            SentCommand(
                id, event.id, .decided, user: user, line: line(id, event.tenant, event, content, by: user)))
    }

    func sent(_ command: SentCommand) -> SentCommand {
        world.book.add(command)
        waiting.append(command)
        return command
    }

    func line(
        _ id: CommandId, _ tenant: TenantId, _ event: KnownEvent, _ content: Content, by user: String,
        to receiver: String? = nil
    ) -> [UInt8] {
        var line: [UInt8] = []
        // A tenant's own queue, as the worker demands it.
        let replyTo = user + "/" + (receiver ?? name)
        WireCommand(id: id, tenant: tenant, event: event.id, content: content, replyTo: replyTo)
            .appendLine(to: &line)
        line.removeLast()
        return line
    }

    /// A line that breaks off.
    private func cut(_ line: [UInt8], _ id: CommandId, _ event: KnownEvent, _ user: String) -> SentCommand {
        let line = Array(line.prefix(random.number(1...line.count - 1)))
        return sent(
            SentCommand(id, event.id, .parked(.malformed), user: user, line: line, isUnanswered: true))
    }

    private func garbage(_ event: KnownEvent, _ user: String, _ id: CommandId) -> SentCommand {
        let line = (0..<random.number(1...80)).map { _ in UInt8(random.number(11...255)) }
        return sent(
            SentCommand(id, event.id, .parked(.malformed), user: user, line: line, isUnanswered: true))
    }

    func partition(of event: EventId) -> Int {
        map[event] ?? Keys.partition(of: event, among: world.profile.partitions)
    }

    /// Lines of one message, by one user; those that go elsewhere travel alone.
    func send(_ commands: [SentCommand]) {
        var rest: [SentCommand] = []
        for command in commands {
            let target = partition(of: command.event)
            if let misdirected = command.misdirected {
                publish([command], to: misdirected)
            } else if let first = rest.first, command.user != first.user || target != partition(of: first.event) {
                publish([command], to: target)
            } else {
                rest.append(command)
            }
        }
        if let first = rest.first { publish(rest, to: partition(of: first.event)) }
    }

    private func publish(_ commands: [SentCommand], to partition: Int) {
        guard let first = commands.first else { return }
        let now = world.scheduler.now.nanoseconds
        for command in commands { command.publishedAt = now }
        let body = Array(commands.map(\.line).joined(separator: [0x0A])) + (random.chance(50) ? [0x0A] : [])
        // One connection: what is sent later arrives later, if at all.
        reached = max(reached, now + world.delay(20...500))
        let isLost = world.chance(world.profile.losses)
        world.scheduler.at(.init(nanoseconds: reached)) { [self] in
            guard !isLost else { return }
            let order = world.nextOrder()
            guard world.broker.publish(FakeBroker.Message(user: first.user, body: body), to: partition) else { return }
            for (index, command) in commands.enumerated() {
                command.queued(in: partition, order: order + UInt64(index))
            }
            world.trace.note(
                "queued", order, UInt64(partition),
                "in \(partition): \(commands.map { "\(Describe.short($0.id)) \($0.expectation)" })")
            guard !world.chance(world.profile.losses) else { return }
            world.scheduler.after(world.delay(20...500)) {
                for command in commands { command.isConfirmed = true }
            }
        }
        tick()
    }

    /// The last word about an event in its old queue.
    func moveOut(_ event: KnownEvent, from: Int, to: Int, version: UInt64) {
        let id = Mark.plain(CommandId(high: random.next(), low: random.next()))
        let command = SentCommand(
            id, event.id, .moveOut, user: Self.ingress,
            line: line(id, event.tenant, event, Content(.moveOut(to: to, version: version)), by: Self.ingress))
        command.misdirected = from
        command.replacement = { [unowned self] in moveOut(event, from: from, to: to, version: version) }
        send([sent(command)])
    }

    // MARK: - Waiting

    private func tick() {
        guard !isTicking else { return }
        isTicking = true
        world.scheduler.after(500_000_000 + world.delay(0...100_000)) { [self] in
            isTicking = false
            lookAfter()
        }
    }

    /// What has not been answered for a while is looked for in the journal, and sent again in the end.
    private func lookAfter() {
        let now = world.scheduler.now.nanoseconds
        for command in waiting where now - command.publishedAt >= 500_000_000 {
            if command.isUnanswered {
                if command.isConfirmed { settle(command) }
            } else if !world.database.isAway, [.decided, .moveOut].contains(command.expectation), random.chance(70),
                let row = world.database.row(of: command.id, at: world.database.now())
            {
                answered(command, row.status, row.reply)
            }
        }
        for command in waiting where now - command.publishedAt >= (command.isConfirmed ? 2_500_000_000 : 1_000_000_000)
        {
            send([command])
        }
        if !waiting.isEmpty { tick() }
    }

    /// A message of replies has come.
    func hear(_ bytes: [UInt8], isConflict: Bool) {
        var replies: [(CommandId, Int, [UInt8])] = []
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { result in
                switch result {
                case .success(let reply): replies.append((reply.id, reply.status, Array(reply.body)))
                case .failure(let malformed): world.fail("a reply that cannot be read: \(malformed)")
                }
            }
        }
        for (id, status, body) in replies {
            let known =
                isConflict
                ? world.book.sent.first { $0.id == id && $0.expectation == .reused } : world.book.originals[id]
            guard let known else {
                world.fail("\(name) is told of \(Describe.short(id)), which nobody sent")
                return
            }
            answered(known, status, body)
        }
    }

    private func answered(_ command: SentCommand, _ status: Int, _ body: [UInt8]) {
        world.trace.note(
            "answer", UInt64(status), command.id.low,
            "\(status) to \(Describe.short(command.id)): \(String(decoding: body, as: UTF8.self))")
        if status == 503, command.expectation != .moveOut {
            // The map was out of date: by the next one it goes elsewhere.
            if let route = world.database.routes[command.event] { map[command.event] = route.partition }
            command.publishedAt = min(command.publishedAt, world.scheduler.now.nanoseconds - 2_000_000_000)
            return
        }
        if let former = command.answer {
            if command.expectation != .reused, former.status != status || former.body != body {
                world.fail("\(Describe.short(command.id)) was answered \(former.status), and then \(status)")
            }
            return
        }
        command.answer = (status, body)
        settle(command)
        if status == 500 { command.replacement?() }
    }

    private func settle(_ command: SentCommand) { waiting.removeAll { $0 === command } }
}
