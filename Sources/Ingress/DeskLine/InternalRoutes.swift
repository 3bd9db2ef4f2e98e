internal import API
internal import Ticketing
internal import Wire

/// The internal listener: for processes beside ours, which ask for slots on behalf of tenants. Whoever reaches it is
/// believed, so no gateway leads to it.
struct InternalRoutes: Sendable {
    let desk: DeskRoutes

    func add(to door: inout Door) {
        door.on(.validateEta) { try take($0, .validateEta) }
        door.on(.allocateSlot) { try take($0, .allocateSlot) }
    }

    private func take(_ call: Call, _ kind: InternalDeskRequest) throws(Fault) {
        var decoder = DeskDecoder()
        let result: Result<(tenant: TenantId, order: DeskOrder), Malformed> = call.body.withUnsafeBytes { bytes in
            do throws(Malformed) {
                return .success(try decoder.decode(internalBody: bytes, of: kind))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let (tenant, order)):
            let call = call.acting(for: tenant)
            desk.take(call, CommandRequest(call), order)
        case .failure(let malformed): throw Fault(malformed)
        }
    }
}
