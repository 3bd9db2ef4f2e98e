internal import Desk
internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

/// Whoever has something to ask of desks: the ingress or a tenant itself. It sends messages of lines, waits for
/// confirms and answers, looks into the journals when it hears nothing, and sends again.
final class DeskProducer {
    static let ingress = "ingress"

    let name: String
    unowned let world: DeskWorld
    private var random: Seeded
    private var left: Int
    /// Whether it waits for each answer before it goes on.
    private let isPatient: Bool
    private let mostLines: Int
    /// What is not answered yet, in the order in which it was sent.
    private(set) var waiting: [SentDeskCommand] = []
    private var reached: Int64 = 0
    private var isTicking = false
    private var decoder = ReplyDecoder()

    init(_ world: DeskWorld, _ number: Int, commands: Int, seed: UInt64) {
        self.world = world
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
        world.scheduler.after(world.delay(world.profile.pause)) { [self] in
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
    private func makeMessage() -> [SentDeskCommand] {
        let desk = random.one(of: world.desks)
        let isTrusted = random.chance(70)
        let neighbours = world.desks.filter { $0.partition == desk.partition && (isTrusted || $0 === desk) }
        var lines: [SentDeskCommand] = []
        for _ in 0..<random.number(1...mostLines) where left > 0 {
            left -= 1
            lines.append(makeLine(random.one(of: neighbours), isTrusted ? Self.ingress : desk.tenant.text))
        }
        return lines
    }

    private func makeLine(_ desk: KnownDesk, _ user: String) -> SentDeskCommand {
        if user == Self.ingress, let request = makeRequest(desk) { return request }
        let order = DeskOrder.existing(desk.command())
        var id = Mark.plain(CommandId(high: random.next(), low: random.next()))
        switch random.number(0...199) {
        case 0:
            let line = (0..<random.number(1...80)).map { _ in UInt8(random.number(11...255)) }
            return sent(
                SentDeskCommand(id, desk.tenant, .parked(.malformed), user: user, line: line, isUnanswered: true))
        case 1:
            let whole = line(id, desk, order, by: user)
            return sent(
                SentDeskCommand(
                    id, desk.tenant, .parked(.malformed), user: user,
                    line: Array(whole.prefix(random.number(1...whole.count - 1))), isUnanswered: true))
        case 2:
            return sent(
                SentDeskCommand(
                    id, desk.tenant, .parked(.wrongUser), user: "tnt_nobody",
                    line: line(id, desk, order, by: "tnt_nobody")))
        case 3 where world.profile.partitions > 1:
            let command = SentDeskCommand(
                id, desk.tenant, .parked(.wrongPartition), user: user, line: line(id, desk, order, by: user))
            command.misdirected = (desk.partition + 1) % world.profile.partitions
            return sent(command)
        case 4...7:
            guard let known = world.book.sent.last(where: { $0.tenant == desk.tenant && $0.answer?.status == 201 }),
                known.expectation == .decided, !known.hasConflict
            else { break }
            known.hasConflict = true
            let other = DeskOrder.existing(.cancel(DeskTicketId(command: DeskCommandId(high: 1, low: 2), index: 77)))
            return sent(
                SentDeskCommand(
                    known.id, desk.tenant, .reused, user: user,
                    line: line(known.id, desk, other, by: user, to: name + ".c")))
        case 8...9 where world.profile.hasPoison && world.poisons > 0 && desk.isReady:
            world.poisons -= 1
            world.disturb(seconds: 25)
            if random.chance(50) { id = Mark.killing(id) } else { world.rejected.insert(id) }
        default: break
        }
        return sent(SentDeskCommand(id, desk.tenant, .decided, user: user, line: line(id, desk, order, by: user)))
    }

    /// Of a desk that nobody has asked for; now and then once more, by somebody else.
    private func makeRequest(_ desk: KnownDesk) -> SentDeskCommand? {
        let isFirst = !desk.isRequested
        guard isFirst ? random.chance(70) : random.chance(1) && world.control.account(of: desk.tenant) != nil else {
            return nil
        }
        desk.isRequested = true
        let id = isFirst ? desk.request : Mark.plain(CommandId(high: random.next(), low: random.next()))
        let tenant = TenantId(ofAccountRequestedBy: id)
        // Another's would be decided elsewhere.
        guard Keys.partition(of: tenant, among: world.profile.partitions) == desk.partition else { return nil }
        let order = DeskOrder.request(RequestAccount(subDomain: desk.subDomain, settings: desk.settings))
        var line: [UInt8] = []
        DeskWireCommand(id: id, tenant: tenant, order: order, replyTo: Self.ingress + "/" + name).appendLine(to: &line)
        line.removeLast()
        return sent(SentDeskCommand(id, tenant, isFirst ? .account : .taken, user: Self.ingress, line: line))
    }

    private func sent(_ command: SentDeskCommand) -> SentDeskCommand {
        world.book.add(command)
        waiting.append(command)
        return command
    }

    private func line(
        _ id: CommandId, _ desk: KnownDesk, _ order: DeskOrder, by user: String, to receiver: String? = nil
    ) -> [UInt8] {
        var line: [UInt8] = []
        // A tenant's own queue, as the worker demands it.
        let replyTo = user + "/" + (receiver ?? name)
        DeskWireCommand(id: id, tenant: desk.tenant, order: order, replyTo: replyTo).appendLine(to: &line)
        line.removeLast()
        return line
    }

    /// Lines of one message, by one user; those that go elsewhere travel alone.
    private func send(_ commands: [SentDeskCommand]) {
        var rest: [SentDeskCommand] = []
        for command in commands {
            if let misdirected = command.misdirected {
                publish([command], to: misdirected)
            } else if let first = rest.first,
                command.user != first.user || partition(of: command) != partition(of: first)
            {
                publish([command], to: partition(of: command))
            } else {
                rest.append(command)
            }
        }
        if let first = rest.first { publish(rest, to: partition(of: first)) }
    }

    private func partition(of command: SentDeskCommand) -> Int {
        Keys.partition(of: command.tenant, among: world.profile.partitions)
    }

    private func publish(_ commands: [SentDeskCommand], to partition: Int) {
        guard let first = commands.first else { return }
        let now = world.scheduler.now.nanoseconds
        for command in commands {
            command.publishedAt = now
            if command.floor == nil { command.floor = world.book.told[command.tenant] ?? 0 }
        }
        let body = Array(commands.map(\.line).joined(separator: [0x0A])) + (random.chance(50) ? [0x0A] : [])
        // One connection: what is sent later arrives later, if at all.
        reached = max(reached, now + world.delay(20...500))
        let isLost = world.chance(world.profile.losses)
        world.scheduler.at(.init(nanoseconds: reached)) { [self] in
            guard !isLost, world.queue(commands, body, by: first.user, in: partition) else { return }
            guard !world.chance(world.profile.losses) else { return }
            world.scheduler.after(world.delay(20...500)) {
                for command in commands { command.isConfirmed = true }
            }
        }
        tick()
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
            } else if [.decided, .account].contains(command.expectation), random.chance(50),
                let desk = world.databases[command.tenant], !desk.isAway,
                let row = desk.row(of: command.id, at: world.wall),
                world.control.account(of: command.tenant)?.isActive == true
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

    private func answered(_ command: SentDeskCommand, _ status: Int, _ body: [UInt8]) {
        world.trace.note(
            "answer", UInt64(status), command.id.low,
            "\(status) to \(Describe.short(command.id)): \(String(decoding: body, as: UTF8.self))")
        if let row = world.databases[command.tenant]?.row(of: command.id, at: world.wall), row.status == status {
            world.book.tell(command.tenant, row.sequence)
        }
        switch DeskAuditor.code(of: body) {
        case "tenant-unavailable": return
        case "account-not-ready", "no-such-account":
            // Who asked too early may ask again, or leave it.
            if random.chance(30) {
                command.isAbandoned = true
                settle(command)
            }
            return
        default: break
        }
        if let former = command.answer {
            if command.expectation != .reused, former.status != status || former.body != body {
                world.fail("\(Describe.short(command.id)) was answered \(former.status), and then \(status)")
            }
            return
        }
        command.answer = (status, body)
        if command.expectation == .account { world.desks.first { $0.request == command.id }?.isReady = true }
        settle(command)
    }

    private func settle(_ command: SentDeskCommand) { waiting.removeAll { $0 === command } }
}
