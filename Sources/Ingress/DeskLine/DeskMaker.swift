internal import API
internal import Ticketing
internal import Wire

/// Makes commands to desks of requests.
struct DeskMaker: Sendable {
    /// What replies are sent to.
    let replyTo: String
    /// In seconds, for a client who does not say otherwise.
    let defaultWait: Int

    /// - Throws: a fault for a body that the kind does not take.
    func order(
        _ body: [UInt8], _ kind: DeskCommandKind, _ target: DeskTarget, of tenant: TenantId
    ) throws(Fault) -> DeskOrder {
        var decoder = DeskDecoder()
        let result: Result<DeskOrder, Malformed> = body.withUnsafeBytes { bytes in
            do throws(Malformed) {
                return .success(try decoder.decode(body: bytes, of: kind, about: target, tenant: tenant))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let order): return order
        case .failure(let malformed): throw Fault(malformed)
        }
    }

    /// - Parameter request: its body is what the order was read from.
    func arrival(
        _ request: CommandRequest, _ order: DeskOrder, id: CommandId, waiter: Asker, wait: Int?
    ) -> Intake<Asker>.Arrival {
        let command = DeskWireCommand(
            id: id, tenant: request.tenant, order: order, replyTo: replyTo, trace: request.trace)
        var line: [UInt8] = []
        line.reserveCapacity(request.body.count + 256)
        request.body.withUnsafeBytes { command.appendLine(body: $0, to: &line) }
        return Intake<Asker>.Arrival(
            id: id, key: request.tenant.key, isFirstToGo: command.kind.isFirstToGo, line: line,
            keyed: request.key == nil ? nil : Entry<Asker>.Keyed(command: .desk(command), body: request.body),
            waiter: waiter, wait: wait ?? defaultWait)
    }
}

extension DeskCommandKind {
    /// A promise that was made is kept, taken back or fulfilled at any time.
    var isFirstToGo: Bool {
        switch self {
        case .requestAccount, .createTicket, .validateEta: true
        case .accountReady, .setSettings, .allocateSlot, .cancelTicket, .resolveTicket: false
        }
    }
}
