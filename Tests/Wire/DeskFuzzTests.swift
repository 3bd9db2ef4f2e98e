import Desk
import Testing
import Ticketing
import Wire

/// Hostile bytes at a desk's decoder: none traps, and what is accepted is written again as something that reads as the
/// same.
@Suite struct DeskFuzzTests {
    @Test func mutatedLinesNeverTrapAndAcceptedOnesComeBack() {
        let seed = UInt64.random(in: .min ... .max)
        var random = FuzzTests.Random(state: seed)
        let lines = DeskSamples.commands.map { DeskSamples.line($0) } + [Self.internalLine]
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = FuzzTests.mutate(lines.randomElement(using: &random) ?? [], &random)
            for line in DeskSamples.decode(bytes).lines {
                guard let command = line.command else {
                    #expect(!line.problems.isEmpty, "seed \(seed)")
                    continue
                }
                accepted += 1
                let again = DeskSamples.decode(DeskSamples.line(command)).lines
                var payload: [UInt8] = []
                command.appendPayload(body: bytes[line.body], to: &payload)
                let replayed = DeskSamples.replay(payload, of: command.tenant)
                if again.count != 1 || again[0].command != command || replayed != .success(command.order) {
                    Issue.record("seed \(seed): \(Samples.text(bytes)) became \(Samples.text(payload))")
                    return
                }
            }
        }
        #expect(accepted > 100, "seed \(seed)")
    }

    /// One whose body is an internal request's.
    private static var internalLine: [UInt8] {
        let command = DeskWireCommand(
            id: Samples.id, tenant: DeskSamples.tenant,
            order: .existing(.allocateSlot(DeskSamples.slot, class: "A")), replyTo: "i")
        let body = #"{"clientId":"\#(DeskSamples.client)","slotId":"\#(DeskSamples.slt)","ticketType":"A"}"#
        var bytes: [UInt8] = []
        Array(body.utf8).withUnsafeBytes { command.appendLine(body: $0, to: &bytes) }
        return bytes
    }

    @Test func randomBytesAndRandomPiecesNeverTrap() {
        let seed = UInt64.random(in: .min ... .max)
        var random = FuzzTests.Random(state: seed)
        for _ in 0..<5_000 {
            let noise = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let pieces = (0..<20).flatMap { _ in FuzzTests.pieces.randomElement(using: &random) ?? [] }
            for bytes in [noise, pieces] {
                for line in DeskSamples.decode(bytes).lines { #expect(line.command == nil, "seed \(seed)") }
            }
        }
    }

    @Test func mutatedRequestsNeverTrapAndWhatIsTakenIsRight() {
        let seed = UInt64.random(in: .min ... .max)
        var random = FuzzTests.Random(state: seed)
        let requests = DeskSamples.commands.map { (command: $0, body: $0.publicBody) }
        var accepted = 0
        var decoder = DeskDecoder()
        for _ in 0..<20_000 {
            guard let (command, body) = requests.randomElement(using: &random) else { return }
            let bytes = FuzzTests.mutate(body, &random)
            bytes.withUnsafeBytes { bytes in
                do throws(Malformed) {
                    let order = try decoder.decode(
                        body: bytes, of: command.kind, about: command.target, tenant: command.tenant)
                    accepted += 1
                    #expect(order.kind == command.kind && order.target == command.target, "seed \(seed)")
                    #expect(order.contradictions.isEmpty, "seed \(seed)")
                } catch {
                    #expect(!error.problems.isEmpty && error.problems.count <= Malformed.most, "seed \(seed)")
                    #expect(error.status == 400, "seed \(seed)")
                }
            }
            bytes.withUnsafeBytes { bytes in
                for kind in [InternalDeskRequest.validateEta, .allocateSlot] {
                    _ = try? decoder.decode(internalBody: bytes, of: kind)
                }
            }
        }
        #expect(accepted > 100, "seed \(seed)")
    }
}
