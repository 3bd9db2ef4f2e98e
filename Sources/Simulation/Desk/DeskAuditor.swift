internal import Desk
internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// Looks at every batch of a desk as it is committed, and at every answer as it is given: whether it may be.
final class DeskAuditor {
    private struct Head {
        var epoch: UInt64 = 0
        var batch: UInt64 = 0
        var sequence: UInt64 = 1
        var at = Time(microseconds: .min)
        var chain = Digest.zero
        /// When the newest of its commands came into the queue.
        var order: UInt64 = 0
    }

    let book: DeskCommandBook
    var fail: (String) -> Void = { _ in }
    /// Whether nothing has been wrong since then.
    var isCalm: (Int64) -> Bool = { _ in false }
    /// Whether nothing has been wrong since then that a tenant may notice: other tenants' databases do not count.
    var isCalmFor: (TenantId, Int64) -> Bool = { _, _ in false }
    private var heads: [TenantId: Head] = [:]
    private var works: [TenantId: AgentWork] = [:]
    private(set) var seen: [CommandId: JournalRow] = [:]
    private(set) var decided = 0
    private(set) var fellDue = 0
    private(set) var begun = 0
    /// Decided while some other tenant's database was away, and nothing else was wrong.
    private(set) var undisturbed = 0
    /// Answered without a journal.
    private(set) var turnedAway: Set<CommandId> = []
    /// Tried alone by owners that came to an end of something else, or counted twice: often enough it is taken for
    /// poison.
    var excused: Set<CommandId> = []

    init(_ book: DeskCommandBook) { self.book = book }

    func observe(_ batch: DeskBatch, _ sealed: SealedDeskBatch, in desk: FakeDesk, at now: MonotonicTime) {
        let what = "batch \(batch.number) of \(Describe.short(batch.tenant)), epoch \(batch.epoch)"
        checkPlace(batch, sealed, in: desk, what)
        for (entry, row) in zip(batch.entries, sealed.rows) {
            let what = "\(what), sequence \(row.sequence)"
            guard seen.updateValue(row, forKey: row.id) == nil else {
                fail("\(what): \(Describe.short(row.id)) is decided twice")
                return
            }
            check(entry, row, batch.at, desk, what, at: now)
        }
        // It costs what the desk holds.
        if batch.number % 5 == 0 { checkState(of: desk, at: batch.at, what) }
    }

    /// Gap-free, in one chain, and by nobody whose successor has opened the desk.
    private func checkPlace(_ batch: DeskBatch, _ sealed: SealedDeskBatch, in desk: FakeDesk, _ what: String) {
        let head = heads[batch.tenant] ?? Head()
        if batch.epoch != desk.epoch { fail("\(what) is committed, and epoch \(desk.epoch) has opened the desk") }
        if batch.epoch < head.epoch { fail("\(what) is committed after one of epoch \(head.epoch)") }
        if batch.number != head.batch + 1 { fail("\(what) follows batch \(head.batch)") }
        if batch.firstSequence != head.sequence {
            fail("\(what) begins at \(batch.firstSequence), not \(head.sequence)")
        }
        if batch.at < head.at { fail("\(what) is earlier than the one before") }
        if batch.previousChain != head.chain { fail("\(what) does not continue the chain") }
        heads[batch.tenant] = Head(
            epoch: batch.epoch, batch: batch.number, sequence: sealed.row.nextSequence, at: batch.at,
            chain: sealed.row.chain, order: head.order)
    }

    private func check(
        _ entry: DeskEntry, _ row: JournalRow, _ at: Time, _ desk: FakeDesk, _ what: String, at now: MonotonicTime
    ) {
        switch entry.verdict {
        case .decided(let decision):
            decided += 1
            checkOrder(row, what)
            checkWait(row, what, now)
            follow(decision, row, at, what)
        case .fellDue(let decision):
            fellDue += 1
            if case .minuteBegan(let minute) = decision.outcome {
                checkPunctuality(minute, of: row.tenant, at, what, now)
                begun += minute.began.count
            }
            follow(decision, row, at, what)
        case .parked(let reason):
            checkOrder(row, what)
            if !Mark.kills(row.id), !desk.isRejected(row.id), !excused.contains(row.id) {
                fail("\(what): \(Describe.short(row.id)) is parked, and nothing is wrong with it: \(reason)")
            }
        }
    }

    private func follow(_ decision: DeskDecision, _ row: JournalRow, _ at: Time, _ what: String) {
        var work = works[row.tenant] ?? AgentWork()
        for problem in work.follow(decision, at: DeskTime(at)) { fail("\(what): \(problem)") }
        works[row.tenant] = work
    }

    /// In the order in which the copies came into the queue, and behind everything that its sender may have known of.
    private func checkOrder(_ row: JournalRow, _ what: String) {
        guard let sent = book.originals[row.id] else {
            fail("\(what): \(Describe.short(row.id)) is decided, and nobody has sent it")
            return
        }
        switch sent.expectation {
        case .decided: break
        // The journal's first line: it is kept elsewhere until there is a journal.
        case .account: return
        case .ready: break
        case .taken, .parked, .reused:
            fail("\(what): \(Describe.short(row.id)) is decided, and should be \(sent.expectation)")
        }
        if row.tenant != sent.tenant { fail("\(what): \(Describe.short(row.id)) is another tenant's") }
        if let floor = sent.floor, row.sequence <= floor {
            fail("\(what): \(Describe.short(row.id)) was sent after entry \(floor) was told")
        }
        // What was turned away lost its place with that, and may come again all the same: others of its message were
        // not answered yet when its channel ended. Which of its copies this is nobody can say.
        if turnedAway.contains(row.id) { return }
        let newest = heads[row.tenant]?.order ?? 0
        guard let order = sent.places.first(where: { $0 > newest }) else {
            fail("\(what): \(Describe.short(row.id)) is decided after one that came later")
            return
        }
        heads[row.tenant]?.order = order
    }

    /// The partition's time goes as the monotonic clock does.
    private func checkPunctuality(
        _ minute: MinuteBegan, of tenant: TenantId, _ at: Time, _ what: String, _ now: MonotonicTime
    ) {
        let late = at.microseconds - minute.at.microseconds
        let since = now.nanoseconds - late * 1_000 - 2_000_000_000
        if late > 1_500_000 && isCalm(since) || late > Self.patience && isCalmFor(tenant, since) {
            fail("\(what): what begins at \(minute.at.microseconds) began \(late) µs late")
        }
    }

    /// Nobody waits for other tenants' databases.
    private func checkWait(_ row: JournalRow, _ what: String, _ now: MonotonicTime) {
        guard !turnedAway.contains(row.id), let sent = book.originals[row.id], sent.expectation == .decided,
            let queued = sent.queuedAt
        else { return }
        let since = queued.nanoseconds - 2_000_000_000
        guard isCalmFor(row.tenant, since) else { return }
        if !isCalm(since) { undisturbed += 1 }
        let waited = (now - queued).microseconds
        if waited > Self.patience {
            fail("\(what): \(Describe.short(row.id)) has waited for \(waited) µs, and its own database was there")
        }
    }

    /// Microseconds. A silent database holds a hand for 2 s, and a worker may have but one.
    private static let patience: Int64 = 15_000_000

    func checkState(of desk: FakeDesk, at time: Time, _ what: String) {
        do {
            for problem in try desk.state(at: time)?.audit() ?? [] { fail("\(what): \(problem)") }
        } catch {
            fail("\(what): the desk cannot be loaded: \(error)")
        }
    }

    // MARK: - Answers

    /// What is told is what the journal has; where it has nothing, it is one of the few things that need no journal.
    func check(replies bytes: [UInt8], _ control: FakeControl) {
        var decoder = ReplyDecoder()
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { result in
                guard case .success(let reply) = result else {
                    fail("a message of replies that nobody can read")
                    return
                }
                check(reply.id, reply.status, Array(reply.body), control)
            }
        }
    }

    private func check(_ id: CommandId, _ status: Int, _ body: [UInt8], _ control: FakeControl) {
        if let row = seen[id], row.status == status, row.reply == body { return }
        turnedAway.insert(id)
        let code = Self.code(of: body)
        let what = "\(Describe.short(id)) is told \(status) \(code ?? String(decoding: body, as: UTF8.self))"
        let tenant = book.originals[id]?.tenant
        switch (status, code) {
        case (503, "tenant-unavailable"), (400, "wrong-partition"), (403, "forbidden"), (400, "invalid-request"): break
        case (422, "idempotency-key-reused"):
            if !book.sent.contains(where: { $0.id == id && $0.expectation == .reused }) {
                fail("\(what), and it was used once")
            }
        case (409, "account-not-ready"):
            if let tenant, control.account(of: tenant)?.isActive == true { fail("\(what), and the account is active") }
        case (404, "no-such-account"):
            if let tenant, book.toldReady.contains(tenant) { fail("\(what), and its sender was told of the account") }
        case (409, "account-exists"):
            if book.originals[id]?.expectation != .taken { fail("\(what), and nobody else has asked for it") }
        default: fail("\(what), and the journal has \(seen[id]?.status.description ?? "nothing")")
        }
    }

    /// Of a problem.
    static func code(of body: [UInt8]) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: #""code":""#)?.upperBound,
            let end = text[start...].firstIndex(of: "\"")
        else { return nil }
        return String(text[start..<end])
    }
}
