import Desk
import Ticketing
import Wire

/// Commands to a desk of every kind.
enum DeskSamples {
    static let tenant = Samples.tenant
    static let ticket = DeskTicketId(command: DeskCommandId(Samples.id), index: 0)
    static let slot = DeskSlotId(ticket)
    static let other = TenantId(high: 7, low: 8)

    // As callers write them.
    static let client = "tnt_00000000007LygHa16AHYF"
    static let dtk = "dsk_00000000007LygHa16AHYF063UfDVRKBzLscmunaixMG000000"
    static let slt = "slt_00000000007LygHa16AHYF063UfDVRKBzLscmunaixMG000000"

    static let settings = DeskSettings(
        classes: [
            DeskSettings.Class(name: "Gold \"é\" \\", minutes: 10), DeskSettings.Class(name: "b", minutes: 10_080),
        ], minutesPerTicket: 9, agents: 4, placement: .deadline, softAssignSeconds: 300)

    static var orders: [DeskOrder] {
        [
            .request(RequestAccount(subDomain: "acme-1")),
            .request(RequestAccount(subDomain: "a", settings: settings)),
            .existing(.accountReady(store: "main")), .existing(.setSettings(settings)),
            .existing(.setSettings(DeskSettings())), .existing(.createTicket(class: "GOLD")),
            .existing(.createTicket(class: DeskName(String(repeating: "\\", count: 64)))),
            .existing(.validateEta(class: "SILVER")), .existing(.allocateSlot(slot, class: "BRONZE")),
            .existing(.allocateSlot(DeskSlotId(command: ticket.command, index: .max), class: "🎟")),
            .existing(.cancel(ticket)), .existing(.resolve(ticket)),
        ]
    }

    static var commands: [DeskWireCommand] {
        orders.map { DeskWireCommand(id: Samples.id, tenant: tenant, order: $0, replyTo: "ingress-1") }
    }

    static func line(_ command: DeskWireCommand) -> [UInt8] {
        var bytes: [UInt8] = []
        command.appendLine(to: &bytes)
        return bytes
    }

    static func line(_ order: DeskOrder) -> [UInt8] {
        line(DeskWireCommand(id: Samples.id, tenant: tenant, order: order, replyTo: "ingress-1"))
    }

    /// What the lines of a message come to.
    static func decode(_ bytes: [UInt8]) -> (refusal: MessageRefusal?, lines: [DecodedDeskLine]) {
        var decoder = DeskDecoder()
        var lines: [DecodedDeskLine] = []
        let refusal = bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { lines.append(copy $0) }
        }
        return (refusal, lines)
    }

    static func decode(
        _ body: String, _ kind: DeskCommandKind, _ target: DeskTarget = .desk, from source: BodySource = .request
    ) -> Result<DeskOrder, Malformed> {
        var decoder = DeskDecoder()
        return Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(Malformed) in
                try decoder.decode(body: bytes, of: kind, about: target, tenant: tenant, from: source)
            }
        }
    }

    /// Everything that an ingress would refuse, each as `pointer: message`.
    static func problems(
        _ body: String, _ kind: DeskCommandKind, _ target: DeskTarget = .desk, from source: BodySource = .request
    ) -> [String] {
        decode(body, kind, target, from: source).problems
    }

    static func payload(of line: [UInt8]) -> [UInt8]? {
        guard let decoded = decode(line).lines.first, let command = decoded.command else { return nil }
        var payload: [UInt8] = []
        command.appendPayload(body: line[decoded.body], to: &payload)
        return payload
    }

    static func replay(_ payload: [UInt8], of tenant: TenantId = tenant) -> Result<DeskOrder, Malformed> {
        var decoder = DeskDecoder()
        return payload.withUnsafeBytes { bytes in
            Result { () throws(Malformed) in try decoder.decode(payload: bytes, tenant: tenant) }
        }
    }
}

extension DecodedDeskLine {
    var command: DeskWireCommand? { try? result.get() }
    var problems: [String] { result.problems }
}

extension Result where Failure == Malformed {
    var problems: [String] {
        guard case .failure(let malformed) = self else { return [] }
        return malformed.problems.map { "\($0.pointer): \($0.message)" }
    }
}
