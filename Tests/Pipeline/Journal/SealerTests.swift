import Sealing
import Testing
import Ticketing
import Wire

@testable import Pipeline

@Suite struct SealerTests {
    private func history() throws -> Recorder { try RecordedHistory.make(seed: 1, batches: 40) }

    @Test func aGroupIsSealedAsItsBatchesAre() throws {
        let batches = try history().sealed.map(\.batch)
        let group = CommitGroup(number: 1, batches: batches)
        var groups = Recorder.sealer(try Recorder.key())
        let whole = groups.seal(group)
        let sealer = Recorder.sealer(try Recorder.key())
        let single = batches.map { sealer.seal($0) }
        #expect(whole.map(\.row) == single.map(\.row))
        #expect(whole.flatMap(\.journalRows) == single.flatMap(\.journalRows))
    }

    @Test func anAnswerIsTheRuleBooksOwn() throws {
        for sealed in try history().sealed {
            for (index, record) in sealed.records.enumerated() {
                let entry = sealed.batch.entries[index]
                guard let decision = entry.verdict.decision else { continue }
                var reply: [UInt8] = []
                decision.appendReply(
                    DecisionStamp(
                        event: entry.event, currency: entry.currency, partition: sealed.batch.partition,
                        sequence: sealed.batch.sequence(ofEntry: index), decidedAt: sealed.batch.at), to: &reply)
                #expect(record.reply == reply)
                #expect(record.status == decision.status)
                var writes: [UInt8] = []
                decision.appendWrites(to: &writes)
                #expect(record.writes == SHA256.hash(writes))
            }
        }
    }

    @Test func whatIsNoDecisionIsAnsweredToo() throws {
        var recorder = try Recorder()
        let event = Recorder.event(1)
        recorder.record(
            3, at: Recorder.start, [.parked(event, .poison), .out(event, to: 5), .in(event, from: 9)])
        let rows = try #require(recorder.journal.last?.rows)
        let tail = { (number: Int) in
            #""decision":{"partition":3,"sequence":\#(number),"decidedAt":"2026-06-01T12:00:00.000000Z"}}"#
        }
        #expect(rows.map(\.status) == [500, 200, 200])
        #expect(
            rows.map { String(decoding: $0.reply, as: UTF8.self) } == [
                #"{"type":"/problems/parked","title":"Parked","status":500,"detail":"It could not be decided, "#
                    + #"and is kept for a person to look at.","code":"parked","reason":"poison","# + tail(1),
                #"{"movedTo":5,"state":"\#(Digest.zero)","# + tail(2),
                #"{"movedFrom":9,"state":"\#(Digest.zero)","# + tail(3),
            ])
    }

    @Test func theLeafIsTheDocumentedBytes() throws {
        var recorder = try Recorder()
        recorder.record(3, at: Recorder.start, [.parked(Recorder.event(1), .malformed)])
        let row = try #require(recorder.journal.last?.rows.first)
        let salt = try #require(row.salt)
        func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        let parts: [[UInt8]] = [
            [0], bytes(salt.high), bytes(salt.low), bytes(UInt32(3)), bytes(UInt64(1)), [4],
            bytes(row.id.high), bytes(row.id.low), bytes(row.event.high), bytes(row.event.low),
            bytes(row.tenant.high), bytes(row.tenant.low), bytes(UInt16(500)), row.writes.bytes,
            bytes(UInt32(row.payload.count)), row.payload, bytes(UInt32(row.reply.count)), row.reply,
        ]
        #expect(recorder.sealed.last?.records.first?.leaf == SHA256.hash(parts.flatMap(\.self)))
        #expect(recorder.sealed.last?.root == recorder.sealed.last?.records.first?.leaf)
    }

    @Test func anEmptyBatchHasTheRootOfNothing() throws {
        let batch = Batch(partition: 1, epoch: 1, number: 1, at: Recorder.start, firstSequence: 1)
        let sealed = Sealer(key: try Recorder.key()).seal(batch)
        #expect(sealed.root.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sealed.key.isValid(sealed.signature, for: sealed.chain.bytes))
    }

    @Test func saltsAreNotRepeated() {
        let salts = Salt.random(count: 1_000)
        #expect(Set(salts).count == 1_000)
    }

    /// The hashes of RFC 6962's own example tree of one to eight leaves, as its reference implementation has them.
    @Test func rootsAreThoseOfTheStandard() throws {
        let inputs = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let leaves = try inputs.map { SHA256.hash([0] + (try #require(Hex.decode($0)))) }
        for count in 1...8 {
            #expect(MerkleTree.root(of: Array(leaves.prefix(count))).description == roots[count - 1])
        }
    }

    @Test func everyLeafHasAPathToTheRoot() {
        for count in 1...70 {
            let leaves = (0..<count).map { SHA256.hash([UInt8($0)]) }
            let root = MerkleTree.root(of: leaves)
            for index in 0..<count {
                let path = MerkleTree.path(of: index, in: leaves)
                #expect(MerkleTree.root(of: leaves[index], at: index, of: count, path: path) == root)
                #expect(MerkleTree.root(of: leaves[index], at: index, of: count, path: path + [root]) == nil)
                #expect(path.isEmpty || MerkleTree.root(of: leaves[index], at: index, of: count, path: []) == nil)
            }
            #expect(MerkleTree.root(of: leaves[0], at: count, of: count, path: []) == nil)
        }
    }
}
