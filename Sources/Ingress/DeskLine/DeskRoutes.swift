internal import API
internal import Desk
internal import Ticketing
internal import Wire

/// What tenants ask of their desks: each request is one command.
struct DeskRoutes: Sendable {
    let reception: Reception
    let maker: DeskMaker
    /// In seconds, for a request for an account whose sender does not say otherwise.
    let accountWait: Int

    func add(to door: inout Door) {
        door.on(.createDeskTicket) { try take($0, .createTicket, .desk) }
        door.on(.cancelDeskTicket) { try take($0, .cancelTicket, try ticket($0)) }
        door.on(.resolveDeskTicket) { try take($0, .resolveTicket, try ticket($0)) }
        door.on(.changeDeskSettings) { try take($0, .setSettings, .desk) }
    }

    /// An id contains its tenant's: what is another's need not be asked for.
    private func ticket(_ call: Call) throws(Fault) -> DeskTarget {
        guard let id = DeskScopedId<DeskKinds.Ticket>(text: call.id), id.tenant == call.tenant else {
            throw .notFound
        }
        return .ticket(id.id)
    }

    private func take(_ call: Call, _ kind: DeskCommandKind, _ target: DeskTarget) throws(Fault) {
        let request = CommandRequest(call)
        let order = try maker.order(request.body, kind, target, of: request.tenant)
        take(call, request, order)
    }

    /// A request for an account, of which everything is stored but the account: it is that tenant's own.
    func take(_ signUp: SignUps.SignUp) {
        let call = signUp.call.acting(for: signUp.tenant)
        let order = DeskOrder.request(signUp.account)
        var request = CommandRequest(call)
        // Nothing personal travels.
        request.body = DeskWireCommand(id: signUp.id, tenant: signUp.tenant, order: order).publicBody
        reception.take(
            maker.arrival(
                request, order, id: signUp.id, waiter: .client(call), wait: call.prefer.wait ?? accountWait), of: call)
    }

    func take(_ call: Call, _ request: CommandRequest, _ order: DeskOrder) {
        let arrival = maker.arrival(
            request, order, id: request.makeId(), waiter: .client(call), wait: call.prefer.wait)
        reception.take(arrival, of: call)
    }
}
