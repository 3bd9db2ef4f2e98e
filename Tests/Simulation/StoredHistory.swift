import DeskLine
import Pipeline
import Sealing
import Ticketing

@testable import Simulation

/// What one tenant's database has of a history, and whether it proves itself.
struct StoredHistory {
    let tenant: TenantId
    let keys: Set<VerifyingKey>
    var batches: [BatchRow]
    var journal: [JournalRow]
    var head: PartitionHead
    var stored: StoredDesk

    init(_ desk: FakeDesk) {
        tenant = desk.tenant
        keys = Set(desk.batches.map(\.key))
        (batches, journal, head) = (desk.batches, desk.journal, desk.head)
        stored = StoredDesk(desk: desk.desk, due: desk.due, tickets: desk.tickets)
    }

    /// In the first answer that has it.
    mutating func replace(_ text: String, by other: String) -> Bool {
        for index in journal.indices {
            let reply = String(decoding: journal[index].reply, as: UTF8.self)
            guard reply.contains(text) else { continue }
            journal[index].reply = Array(reply.replacing(text, with: other).utf8)
            return true
        }
        return false
    }

    func proved() -> [Finding] {
        let replay = DeskReplay(of: tenant, keys: keys)
        var promises = DeskPromises(of: tenant)
        var found = Findings()
        for batch in batches {
            let rows = journal.filter { $0.batchNumber == batch.number }
            replay.add(batch, rows)
            promises.add(batch, rows, &found)
        }
        replay.finish([head])
        replay.compare(stored)
        promises.finish(stored, &found)
        found.add(replay.findings)
        if found.isEmpty, replay.tally.compared != replay.tally.entries {
            found.add(Finding(.gap, "not all entries were compared"))
        }
        return found.first
    }
}
