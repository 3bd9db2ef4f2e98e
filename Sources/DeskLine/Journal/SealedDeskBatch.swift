internal import Desk
package import Pipeline
internal import Sealing
internal import Ticketing
package import Wire

/// A batch with everything that follows from it: what the journal stores and what its senders are told.
package struct SealedDeskBatch: Sendable {
    package let row: BatchRow
    package let rows: [JournalRow]

    package init(_ batch: DeskBatch, by sealer: EntrySealer, salts: [Salt]? = nil) {
        let entries = batch.entries.enumerated().map { index, entry in
            entry.answered(
                DeskStamp(
                    tenant: batch.tenant, partition: batch.partition, sequence: batch.firstSequence + UInt64(index),
                    decidedAt: batch.at))
        }
        let place = BatchPlace(
            partition: batch.partition, epoch: batch.epoch, number: batch.number, at: batch.at,
            firstSequence: batch.firstSequence, rulesVersion: batch.rulesVersion, previousChain: batch.previousChain)
        (row, rows) = sealer.seal(
            entries, at: place, about: EventId(high: batch.tenant.high, low: batch.tenant.low), of: batch.tenant,
            salts: salts)
    }
}

extension DeskEntry {
    /// What is told and stored of it.
    package func answered(_ stamp: DeskStamp) -> AnsweredEntry {
        var reply: [UInt8] = []
        var writes: [UInt8] = []
        let status: Int
        switch verdict {
        case .decided(let decision), .fellDue(let decision):
            status = decision.status
            decision.appendReply(stamp, to: &reply)
            decision.appendWrites(to: &writes)
        case .parked(let reason):
            status = 500
            let members =
                #""type":"/problems/parked","title":"Parked","status":500,"#
                + #""detail":"It could not be decided, and is kept for a person to look at.","#
                + #""code":"parked","reason":"\#(reason.code.rawValue)""#
            stamp.appendReply(members: members.utf8, to: &reply)
        }
        return AnsweredEntry(
            kind: verdict.kind, id: id, payload: payload, status: status, reply: reply, writes: writes)
    }
}
