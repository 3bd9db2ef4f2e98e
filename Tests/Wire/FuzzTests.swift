import Testing
import Ticketing
import Wire

/// Hostile bytes: none traps, and what is accepted is written again as something that reads as the same.
@Suite struct FuzzTests {
    /// SplitMix64.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// Pieces that decoders stumble over.
    static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "null", "true", "1e999", "-0", "1.5", "\\u0000", "\\ud800",
            "\\udc00\\ud800", "99999999999999999999", "-9223372036854775808", "{\"a\":", "[[[[[[[[[[[[[[[[[[",
            "\u{FEFF}",
            "2026-02-30T00:00:00Z", "evt_zzzzzzzzzzzzzzzzzzzzzz", "\"amount\":1", "\"v\":1,", "Floor/A/0", "\u{0}",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90]]

    static func mutate(_ line: [UInt8], _ random: inout Random) -> [UInt8] {
        var bytes = line
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: at)
            case 4: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }

    @Test func mutatedLinesNeverTrapAndAcceptedOnesComeBack() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Random(state: seed)
        let lines = Samples.commands.map { Samples.line($0) }
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = Self.mutate(lines.randomElement(using: &random) ?? [], &random)
            for line in Samples.decode(bytes).lines {
                guard let command = line.command else {
                    #expect(!line.problems.isEmpty, "seed \(seed)")
                    continue
                }
                accepted += 1
                let again = Samples.decode(Samples.line(command)).lines
                if again.count != 1 || again[0].command != command {
                    Issue.record("seed \(seed): \(Samples.text(bytes)) became \(Samples.text(Samples.line(command)))")
                    return
                }
            }
        }
        #expect(accepted > 100, "seed \(seed)")
    }

    @Test func randomBytesAndRandomPiecesNeverTrap() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Random(state: seed)
        for _ in 0..<5_000 {
            let noise = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let pieces = (0..<20).flatMap { _ in Self.pieces.randomElement(using: &random) ?? [] }
            for bytes in [noise, pieces] {
                for line in Samples.decode(bytes).lines { #expect(line.command == nil, "seed \(seed)") }
            }
        }
    }

    @Test func mutatedRepliesChangesAndLoadsNeverTrapAndAcceptedOnesComeBack() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Random(state: seed)
        var reply: [UInt8] = []
        ReplyLine(id: Samples.id, status: 201, isReplayed: true, body: Array(#"{"a":[1]}"#.utf8)).append(to: &reply)
        var change: [UInt8] = []
        ChangeTests.line.append(to: &change)
        var replies = ReplyDecoder()
        var changes = ChangeDecoder()
        var load: [UInt8] = []
        for line in [LoadTests.owner, LoadTests.ingress] { line.append(to: &load) }
        var loads = LoadDecoder()
        for _ in 0..<10_000 {
            Self.mutate(reply, &random).withUnsafeBytes { bytes in
                replies.decode(message: bytes) { result in
                    guard let found = try? result.get() else { return }
                    let line = ReplyLine(
                        id: found.id, status: found.status, isReplayed: found.isReplayed, body: Array(found.body))
                    var again: [UInt8] = []
                    line.append(to: &again)
                    #expect(ReplyTests.decode(again) == [line], "seed \(seed)")
                }
            }
            Self.mutate(change, &random).withUnsafeBytes { bytes in
                changes.decode(message: bytes) { result in
                    guard let line = try? result.get() else { return }
                    var again: [UInt8] = []
                    line.append(to: &again)
                    #expect(ChangeTests.decode(again).lines == [line], "seed \(seed)")
                }
            }
            Self.mutate(load, &random).withUnsafeBytes { bytes in
                loads.decode(message: bytes) { result in
                    guard let line = try? result.get() else { return }
                    var again: [UInt8] = []
                    line.append(to: &again)
                    #expect(LoadTests.decode(again).lines == [line], "seed \(seed)")
                }
            }
        }
    }
}
