internal import Pipeline
internal import Ticketing

extension Auditor {
    /// Once everything has settled: every command has come to what it should, and the tables hold what the model does.
    func finish(at time: Time) {
        for command in book.sent { checkEnd(of: command) }
        guard let database else { return }
        for row in database.parked.values { checkParked(row.record) }
        for (key, count) in database.attempts where !seen.contains(key.id) {
            fail("an attempt is left over: \(Describe.short(key.id)), \(count)")
        }
        for (id, model) in models { checkEvent(id, model, database, at: time) }
        for id in database.events.keys where models[id] == nil { fail("\(Describe.short(id)) is in no model") }
    }

    private func checkEnd(of command: SentCommand) {
        let short = Describe.short(command.id)
        let isSeen = seen.contains(command.id)
        let records = database?.parked.values.filter { $0.record.line == command.line } ?? []
        switch command.expectation {
        case .decided, .moveOut:
            guard isSeen else {
                fail("\(short) was never decided")
                return
            }
            guard let answer = command.answer else {
                fail("\(short) was never answered")
                return
            }
            let rows = database?.journal.joined().filter { $0.entry.id == command.id } ?? []
            if rows.count != 1 || rows[0].status != answer.status || rows[0].reply != answer.body {
                fail("\(short) was answered otherwise than the journal has it")
            }
        case .foreign:
            if isSeen == records.contains(where: { $0.record.reason.code == .wrongTenant }) {
                fail("\(short) is another tenant's, and was \(isSeen ? "" : "not ")decided")
            }
        case .parked(let code):
            if isSeen { fail("\(short) was decided, and should be kept as \(code.rawValue)") }
            if !records.contains(where: { $0.record.reason.code == code }) {
                fail("\(short) was not kept as \(code.rawValue)")
            }
        case .reused:
            if command.answer?.status != 422 { fail("\(short) again was answered \(command.answer?.status ?? 0)") }
        }
    }

    private func checkParked(_ record: ParkedRecord) {
        let isExpected = book.sent.contains { command in
            guard command.line == record.line else { return false }
            return switch command.expectation {
            case .parked(let code): code == record.reason.code
            // A stranger's is attempted like any other before it is refused.
            case .foreign:
                record.reason.code == .wrongTenant || record.reason.code == .poison && mayBeParked(command.id)
            case .decided, .moveOut:
                record.reason.code == .poison && mayBeParked(command.id)
            case .reused: false
            }
        }
        if !isExpected { fail("kept without a reason: \(record.reason)") }
    }

    private func checkEvent(_ id: EventId, _ model: Model, _ database: FakeDatabase, at time: Time) {
        let short = Describe.short(id)
        guard let stored = database.events[id], let place = place(of: id) else {
            fail("\(short) is in no table")
            return
        }
        do {
            let newest = database.partitions[place.partition].batchAt
            let state = try stored.load(at: newest)
            let found = state.audit()
            if !found.isEmpty { fail("\(short): \(found)") }
            if let difference = model.difference(from: stored) { fail("\(short): \(difference)") }
            checkChanges(id, state, database)
            for partition in database.partitions.indices {
                let due = database.dues[FakeDatabase.PartitionKey(partition: partition, id: id)]
                let expected = partition == place.partition && !place.isLeaving ? state.nextDue : nil
                // What is due at once is due at whatever time it was then.
                if due != expected, (due ?? .never) > newest || (expected ?? .never) > newest {
                    fail(
                        "\(short) has something due at \(expected?.microseconds ?? 0), in the tables of "
                            + "\(partition) at \(due?.microseconds ?? 0)")
                }
            }
        } catch {
            fail("\(short) cannot be loaded: \(error)")
        }
    }
}
