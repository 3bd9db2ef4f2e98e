import Foundation
import Runtime
import Sealing
import Testing
import Ticketing

@testable import Pipeline

/// Journals that versions of the rules have written. Each must be decided again to the last byte for as long as its
/// version is supported: what changes an answer, a row or an id needs a version of its own.
@Suite struct GoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    private static func file(_ version: UInt32) -> URL { folder.appending(path: "v\(version).journal") }

    private static func recorded() throws -> Recorder { try RecordedHistory.make(seed: 2_026, batches: 64) }

    @Test(arguments: 1...Rules.newest)
    func aJournalOfThisVersionIsDecidedTheSameAgain(_ version: UInt32) throws {
        let file = Self.file(version)
        if version == Rules.newest, ProcessEnvironment.current["TURNSTILE_TEST_WRITE_JOURNAL"] != nil {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(GoldenJournal.text(Self.recorded().journal).utf8).write(to: file)
        }
        let journal = try GoldenJournal.read(try String(contentsOf: file, encoding: .utf8))
        #expect(journal.count > 50 && journal.allSatisfy { $0.batch.rulesVersion == version })
        #expect(Set(journal.flatMap(\.rows).map(\.kind)).count == 5)
        let replay = Replay(keys: [try Recorder.key().publicKey])
        var promises = PromiseCheck()
        var found = Findings()
        for (batch, rows) in journal {
            replay.add(batch, rows)
            promises.add(rows, &found)
        }
        replay.finish(replay.heads)
        #expect(replay.findings.first.map(\.description) == [])
        #expect(found.first.map(\.description) == [])
        #expect(replay.tally.compared == journal.reduce(0) { $0 + $1.rows.count })
    }

    @Test func theTextFormComesBackAsItWas() throws {
        let journal = try Self.recorded().journal
        let read = try GoldenJournal.read(GoldenJournal.text(journal))
        #expect(read.map(\.batch) == journal.map(\.batch))
        #expect(read.map(\.rows) == journal.map(\.rows))
    }
}
