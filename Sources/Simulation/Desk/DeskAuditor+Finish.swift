internal import Desk
internal import DeskLine
internal import Pipeline
internal import Ticketing

extension DeskAuditor {
    /// Once everything has settled: every command has come to what it should, and nothing is left over.
    func finish(_ control: FakeControl, _ databases: [TenantId: FakeDesk], at time: Time) {
        for command in book.sent { checkEnd(of: command, control) }
        for row in control.spill where id(of: row.line).map({ seen[$0] == nil && !turnedAway.contains($0) }) ?? true {
            fail("a spilled command is left over: \(String(decoding: row.line, as: UTF8.self))")
        }
        for (key, count) in control.database.attempts where seen[key.id] == nil {
            fail("an attempt is left over: \(Describe.short(key.id)), \(count)")
        }
        for (_, record) in control.parked { checkParked(record) }
        for tenant in databases.keys.sorted() {
            guard let desk = databases[tenant] else { continue }
            let what = "the desk of \(Describe.short(tenant))"
            // Of a minute that begins just now the commit may be under way.
            checkState(of: desk, at: desk.head.at, what)
            if desk.stage != .ready || control.account(of: tenant)?.isActive != true { fail("\(what) is not ready") }
            let stored = (try? desk.state(at: desk.head.at))?.nextDue
            if desk.due != stored { fail("\(what) has something due at another time than its tables say") }
            if let due = desk.due, time.microseconds - due.microseconds > 4_000_000 {
                fail("\(what) has had something due since \(due.microseconds), and it is \(time.microseconds)")
            }
        }
    }

    private func checkEnd(of command: SentDeskCommand, _ control: FakeControl) {
        let short = Describe.short(command.id)
        let row = seen[command.id]
        switch command.expectation {
        case .decided, .account:
            if command.isAbandoned { return }
            guard let row else {
                fail("\(short) was never decided")
                return
            }
            if command.answer.map({ $0.status != row.status || $0.body != row.reply }) ?? true {
                fail("\(short) was answered otherwise than the journal has it, or not at all")
            }
        case .ready: if row == nil { fail("\(short) was never decided: an account is not ready") }
        case .taken:
            if row != nil || command.answer?.status != 409 { fail("\(short) has got a sub-domain of another's") }
        case .parked(let code):
            if row != nil { fail("\(short) was decided, and should be kept as \(code.rawValue)") }
            if !control.parked.contains(where: { $0.record.line == command.line && $0.record.reason.code == code }) {
                fail("\(short) was not kept as \(code.rawValue)")
            }
        case .reused:
            if command.answer?.status != 422 { fail("\(short) again was answered \(command.answer?.status ?? 0)") }
        }
    }

    private func checkParked(_ record: ParkedRecord) {
        let isExpected = book.sent.contains { $0.line == record.line && $0.expectation == .parked(record.reason.code) }
        if !isExpected { fail("kept without a reason: \(record.reason)") }
    }

    /// Before spilled lines are forgotten: each of them is in its tenant's journal, or was turned away with an answer.
    func checkForgotten(_ rows: [FakeControl.SpillRow]) {
        for row in rows {
            guard let id = id(of: row.line) else {
                fail("a spilled line that nobody can read is forgotten")
                continue
            }
            if seen[id] == nil, !turnedAway.contains(id) {
                fail("\(Describe.short(id)) is spilled and forgotten, and was never decided")
            }
        }
    }

    private func id(of line: [UInt8]) -> CommandId? { book.sent.first { $0.line == line }?.id }
}
