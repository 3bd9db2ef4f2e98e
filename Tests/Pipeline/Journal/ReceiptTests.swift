import Sealing
import Testing
import Ticketing
import Wire

@testable import Pipeline

@Suite struct ReceiptTests {
    private let journal: [(batch: BatchRow, rows: [JournalRow])]
    private let keys: [VerifyingKey]

    init() throws {
        let recorder = try RecordedHistory.make(seed: 2, batches: 30)
        let most = try #require(
            recorder.journal.indices.max { recorder.journal[$0].rows.count < recorder.journal[$1].rows.count })
        let partition = recorder.journal[most].batch.partition
        journal = recorder.journal[...most].filter { $0.batch.partition == partition }
        keys = [try Recorder.key(3).publicKey, recorder.key.publicKey]
    }

    private var batch: BatchRow { journal[journal.count - 1].batch }
    private var rows: [JournalRow] { journal[journal.count - 1].rows }
    private var previous: Digest { journal.count > 1 ? journal[journal.count - 2].batch.chain : .zero }

    private func receipt(_ index: Int) throws -> Receipt {
        try Receipt(of: rows[index].sequence, in: batch, rows: rows, previousChain: previous)
    }

    @Test func eachEntryOfABatchCanBeProved() throws {
        #expect(rows.count > 5)
        for index in rows.indices {
            let receipt = try receipt(index)
            try receipt.verify(with: keys)
            #expect(receipt.chain == batch.chain)
        }
    }

    @Test func theJSONFormComesBackAsItWas() throws {
        let receipt = try receipt(2)
        let read = try Receipt(json: receipt.json)
        #expect(read == receipt)
        #expect(read.json == receipt.json)
        try read.verify(with: keys)
    }

    @Test func aChangeOfAnyFieldIsFound() throws {
        let receipt = try receipt(3)
        func broken(_ name: Comment, _ change: (inout Receipt) throws -> Void) throws {
            var changed = receipt
            try change(&changed)
            #expect(changed != receipt, name)
            #expect(throws: ReceiptError.self, name) { try changed.verify(with: keys) }
        }
        try broken("partition") { $0.record.partition += 1 }
        try broken("sequence") { $0.record.sequence += 1 }
        try broken("lower sequence") { $0.record.sequence = 0 }
        try broken("batch") { $0.record.batchNumber += 1 }
        try broken("kind") { $0.record.kind = $0.record.kind == .parked ? .decided : .parked }
        try broken("id") { $0.record.id = Recorder.id(12_345) }
        try broken("event") { $0.record.event = Recorder.event(12_345) }
        try broken("tenant") { $0.record.tenant = TenantId(high: 1, low: 1) }
        try broken("status") { $0.record.status += 1 }
        try broken("payload") { $0.record.payload.append(0x20) }
        try broken("reply") { $0.record.reply.append(0x20) }
        try broken("border of payload and reply") {
            let last = $0.record.payload.removeLast()
            $0.record.reply.insert(last, at: 0)
        }
        try broken("writes") { $0.record.writes = .zero }
        try broken("salt") { $0.record.salt = Salt(high: 1, low: 1) }
        try broken("no salt") { $0.record.salt = nil }
        for index in receipt.path.indices { try broken("path \(index)") { $0.path[index] = .zero } }
        try broken("shorter path") { $0.path.removeLast() }
        try broken("longer path") { $0.path.append(.zero) }
        try broken("epoch") { $0.batch.epoch += 1 }
        try broken("time") { $0.batch.at = $0.batch.at + 1 }
        try broken("first sequence") { $0.batch.firstSequence += 1 }
        try broken("entries") { $0.batch.entries += 1 }
        try broken("rules") { $0.batch.rulesVersion += 1 }
        try broken("previous chain") { $0.batch.previousChain = SHA256.hash([1]) }
        try broken("signature") { $0.signature = try Recorder.key().sign([1]) }
        try broken("key") { $0.key = try Recorder.key(3).publicKey }
    }

    @Test func aStrangersKeyProvesNothing() throws {
        let receipt = try receipt(0)
        #expect(throws: ReceiptError.unknownKey) { try receipt.verify(with: [try Recorder.key(3).publicKey]) }
    }

    @Test func noReceiptIsMadeOfWhatDoesNotFit() throws {
        let sequence = rows[0].sequence
        func refused(_ error: ReceiptError, _ make: () throws -> Receipt) {
            #expect(throws: error) { _ = try make() }
        }
        refused(.notInBatch) {
            try Receipt(of: batch.nextSequence, in: batch, rows: rows, previousChain: previous)
        }
        refused(.wrongRoot) {
            try Receipt(of: sequence, in: batch, rows: Array(rows.dropLast()), previousChain: previous)
        }
        refused(.wrongChain) { try Receipt(of: sequence, in: batch, rows: rows, previousChain: SHA256.hash([9])) }
        refused(.saltErased) {
            var rows = rows
            rows[1].salt = nil
            return try Receipt(of: sequence, in: batch, rows: rows, previousChain: previous)
        }
    }

    @Test(arguments: ["", "{}", "[]", #"{"v":2}"#, #"{"v":1,"record":{},"path":[],"batch":{}}"#])
    func whatIsNoReceiptIsRefused(_ text: String) {
        #expect(throws: Malformed.self) { try Receipt(json: Array(text.utf8)) }
    }
}
