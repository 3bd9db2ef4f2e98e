import Sealing
import Ticketing

@testable import Pipeline

/// A journal as text, a line a row: what a database would hold, for the tests of versions of the rules.
///
/// Lines of batches begin with `batch`, those of their entries with `entry`; values are separated by tabs.
enum GoldenJournal {
    static func text(_ journal: [(batch: BatchRow, rows: [JournalRow])]) -> String {
        var text = ""
        for (batch, rows) in journal {
            text += line([
                "batch", "\(batch.partition)", "\(batch.number)", "\(batch.epoch)", "\(batch.at.microseconds)",
                "\(batch.firstSequence)", "\(batch.entries)", "\(batch.rulesVersion)", "\(batch.root)",
                "\(batch.chain)", "\(batch.signature)", "\(batch.key)",
            ])
            for row in rows {
                text += line([
                    "entry", "\(row.partition)", "\(row.sequence)", "\(row.batchNumber)", "\(row.kind.rawValue)",
                    "\(row.id.high)", "\(row.id.low)", "\(row.event.high)", "\(row.event.low)", "\(row.tenant.high)",
                    "\(row.tenant.low)", "\(row.status)", "\(row.writes)", row.salt.map { "\($0)" } ?? "",
                    String(decoding: row.payload, as: UTF8.self), String(decoding: row.reply, as: UTF8.self),
                ])
            }
        }
        return text
    }

    private static func line(_ values: [String]) -> String { values.joined(separator: "\t") + "\n" }

    static func read(_ text: String) throws -> [(batch: BatchRow, rows: [JournalRow])] {
        var journal: [(batch: BatchRow, rows: [JournalRow])] = []
        for line in text.split(separator: "\n") {
            var values = Values(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
            switch try values.next() {
            case "batch":
                journal.append(
                    (
                        BatchRow(
                            partition: try values.number(), number: try values.number(), epoch: try values.number(),
                            at: Time(microseconds: try values.number()), firstSequence: try values.number(),
                            entries: try values.number(), rulesVersion: try values.number(),
                            root: try values.digest(), chain: try values.digest(),
                            signature: try Signature(try values.base64()),
                            key: try VerifyingKey(try values.base64())), []
                    ))
            case "entry":
                guard !journal.isEmpty else { throw Broken() }
                journal[journal.count - 1].rows.append(
                    JournalRow(
                        partition: try values.number(), sequence: try values.number(), batchNumber: try values.number(),
                        kind: try values.kind(), id: CommandId(high: try values.number(), low: try values.number()),
                        event: EventId(high: try values.number(), low: try values.number()),
                        tenant: TenantId(high: try values.number(), low: try values.number()),
                        status: try values.number(), payload: [], reply: [], writes: try values.digest(),
                        salt: Salt(hex: try values.next())))
                let last = journal[journal.count - 1].rows.count - 1
                journal[journal.count - 1].rows[last].payload = Array(try values.next().utf8)
                journal[journal.count - 1].rows[last].reply = Array(try values.next().utf8)
            default: throw Broken()
            }
        }
        return journal
    }

    struct Broken: Error {}

    private struct Values {
        private var rest: ArraySlice<String>
        init(_ values: [String]) { rest = values[...] }

        mutating func next() throws -> String {
            guard let value = rest.popFirst() else { throw Broken() }
            return value
        }

        mutating func number<Number: FixedWidthInteger>() throws -> Number {
            guard let number = Number(try next()) else { throw Broken() }
            return number
        }

        mutating func digest() throws -> Digest { try Digest(Hex.decode(try next()) ?? []) }
        mutating func base64() throws -> [UInt8] { Base64.decode(try next()) ?? [] }

        mutating func kind() throws -> Verdict.Kind {
            guard let kind = Verdict.Kind(rawValue: try number()) else { throw Broken() }
            return kind
        }
    }
}
